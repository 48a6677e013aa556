package dev.krpo.cli;

import dev.krpo.cli.quickstart.QuickstartCommand;
import org.apache.kafka.common.config.ConfigException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The {@code krpo} command. */
@Command(
        name = "krpo",
        mixinStandardHelpOptions = true,
        version = "krpo 0.1.0-SNAPSHOT",
        sortOptions = false,
        description = "Continuous online RL of language models on Kafka, with a Kalman filter per prompt.",
        footer = {
            "",
            "Start here:  ./krpo quickstart",
            "On a cluster: krpo topics create; krpo prompts load FILE; then krpo streams, worker and trainer, each a process."
        },
        subcommands = {
            QuickstartCommand.class,
            TopicsCommand.class,
            PromptsCommand.class,
            RoleCommands.Streams.class,
            RoleCommands.Worker.class,
            RoleCommands.Trainer.class,
            PretrainCommand.class,
            EvalCommand.class,
            InspectCommand.class,
            DataCommand.class,
            SettingsCommand.class
        })
public final class Krpo implements Runnable {

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Option(
            names = "--stacktrace",
            scope = CommandLine.ScopeType.INHERIT,
            description = "show the whole stack trace of an error")
    private boolean stacktrace;

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        Krpo krpo = new Krpo();
        CommandLine commandLine = new CommandLine(krpo);
        commandLine.setExecutionExceptionHandler((exception, failed, parsed) -> {
            if (krpo.stacktrace) {
                exception.printStackTrace(failed.getErr());
            }
            boolean usage = exception instanceof UsageException
                    || exception instanceof ConfigException
                    || exception instanceof IllegalArgumentException;
            failed.getErr().println("krpo: " + exception.getMessage());
            return usage ? 2 : 1;
        });
        return commandLine;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is needed");
    }
}
