package dev.krpo.cli.inspect;

import picocli.CommandLine.Command;

/** {@code krpo inspect}: shows the state of a run from its topics. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description = {
            "Show the state of one policy (policy.name) from the topics of a run. Read-only.",
            "The run is on a cluster (--config, --bootstrap-servers) or in a quickstart's directory (--run-dir)."
        },
        footer = {
            "",
            "Examples: krpo inspect steps -n 5 --run-dir runs/20261121-120000",
            "          krpo inspect lag --bootstrap-servers localhost:9092"
        },
        subcommands = {
            InspectPrompt.class,
            InspectRollouts.class,
            InspectSteps.class,
            InspectStaleness.class,
            InspectVersions.class,
            InspectLag.class,
            InspectRetention.class
        })
public final class InspectCommand {}
