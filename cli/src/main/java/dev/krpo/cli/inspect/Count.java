package dev.krpo.cli.inspect;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The number of records to show. */
final class Count {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    private int count;

    @Option(
            names = "-n",
            paramLabel = "N",
            defaultValue = "10",
            description = "Number of newest records to show (default: ${DEFAULT-VALUE}).")
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
