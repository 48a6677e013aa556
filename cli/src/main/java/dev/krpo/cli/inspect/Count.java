package dev.krpo.cli.inspect;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How many records to show. */
final class Count {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    private int count;

    @Option(
            names = "-n",
            paramLabel = "N",
            defaultValue = "10",
            description = "How many of the newest to show (default: ${DEFAULT-VALUE}).")
    void set(int n) {
        if (n < 1) {
            throw new ParameterException(command.commandLine(), "-n is " + n + "; at least 1 is needed");
        }
        count = n;
    }

    int get() {
        return count;
    }
}
