package dev.krpo.cli.inspect;

import picocli.CommandLine.Command;

/** {@code krpo inspect}: what the log of a run says. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description = {
            "Show what the topics of a run say about one policy (policy.name); reads only.",
            "The run is on a cluster (--config, --bootstrap-servers), or in the directory of a quickstart (--run-dir)."
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
