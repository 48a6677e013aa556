package dev.krpo.cli;

import dev.krpo.cli.broker.BrokerCommand;
import dev.krpo.cli.deadletters.DeadLettersCommand;
import dev.krpo.cli.inspect.InspectCommand;
import dev.krpo.cli.logging.Logs;
import dev.krpo.cli.quickstart.QuickstartCommand;
import dev.krpo.cli.replay.ReplayCommand;
import dev.krpo.cli.role.CleanStop;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;

/** The {@code krpo} command. */
@Command(
        name = "krpo",
        mixinStandardHelpOptions = true,
        versionProvider = Krpo.Version.class,
        sortOptions = false,
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "Online reinforcement learning of language models on Kafka, with one Kalman filter per prompt.",
            ""
        },
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Start here: krpo quickstart",
            "",
            "On a cluster, step by step (the last three run as separate processes, any number of each but only"
                    + " one trainer):",
            "  krpo topics create --config cluster.yaml",
            "  krpo prompts load train.jsonl --config cluster.yaml",
            "  krpo streams --config cluster.yaml",
            "  krpo worker --config cluster.yaml",
            "  krpo trainer --config cluster.yaml",
            "",
            "Put your own jars, such as a reward, into the folder plugins next to the krpo launcher, or list"
                    + " them in the environment variable KRPO_CLASSPATH (see docs/use/your-reward.md).",
            "",
            "Exit codes: 0 success, 1 failure, 2 invalid usage or configuration. Ctrl-C and SIGTERM stop"
                    + " quickstart, broker, streams, worker, trainer and train-offline cleanly with 0; all"
                    + " other commands exit immediately with 130 or 143."
        },
        subcommands = {
            QuickstartCommand.class,
            BrokerCommand.class,
            TopicsCommand.class,
            PromptsCommand.class,
            StreamsCommand.class,
            WorkerCommand.class,
            TrainerCommand.class,
            PretrainCommand.class,
            EvalCommand.class,
            ExportCommand.class,
            InspectCommand.class,
            ReplayCommand.class,
            TrainOfflineCommand.class,
            ExperimentCommand.class,
            DeadLettersCommand.class,
            AclsCommand.class,
            DataCommand.class,
            SettingsCommand.class
        })
public final class Krpo {

    static final int OK = 0;
    static final int FAILURE = 1;
    static final int USAGE = 2;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Log progress as well as problems to standard error.")
    private boolean verbose;

    @Option(
            names = "--stacktrace",
            scope = ScopeType.INHERIT,
            description = "Print the stack trace of a failure as well as its message.")
    private boolean stacktrace;

    private Krpo() {}

    public static void main(String[] args) {
        CleanStop.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        Krpo krpo = new Krpo();
        Failures failures = new Failures();
        return new CommandLine(krpo)
                .setExecutionExceptionHandler(failures)
                .setParameterExceptionHandler(failures)
                .setUsageHelpWidth(110)
                .setUsageHelpAutoWidth(true)
                .setExecutionStrategy(parsed -> {
                    if (krpo.verbose) {
                        Logs.verbose();
                    }
                    return new RunLast().execute(parsed);
                });
    }

    boolean stacktrace() {
        return stacktrace;
    }

    /** The version in the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Krpo.class.getPackage().getImplementationVersion();
            return new String[] {"krpo " + (version == null ? "(not packaged)" : version)};
        }
    }
}
