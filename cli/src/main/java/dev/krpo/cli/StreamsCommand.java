package dev.krpo.cli;

import dev.krpo.cli.role.RoleOptions;
import dev.krpo.streams.StreamsApp;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code krpo streams}: the topology as a process. */
@Command(
        name = "streams",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Run the topology: rollouts become advantages.",
            "It keeps a Kalman filter for each prompt. Start several for more throughput or takeover; each needs its own"
                    + " streams.stateDir."
        },
        footer = {"", "Example: krpo streams --config cluster.yaml --set streams.stateDir=/var/lib/krpo/streams-1"})
final class StreamsCommand implements Callable<Integer> {

    @Mixin
    private RoleOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        options.run("streams", StreamsApp::new, spec.commandLine().getOut());
        return Krpo.OK;
    }
}
