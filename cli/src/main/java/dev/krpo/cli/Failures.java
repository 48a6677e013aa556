package dev.krpo.cli;

import dev.krpo.cli.config.UsageException;
import java.io.PrintWriter;
import org.apache.kafka.common.config.ConfigException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns every failure into one line on standard error and an exit code: 2 for what the user can correct, else 1. */
final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
        PrintWriter err = command.getErr();
        err.println("krpo: " + oneLine(failure));
        if (((Krpo) command.getCommandSpec().root().userObject()).stacktrace()) {
            failure.printStackTrace(err);
        }
        err.flush();
        return isUsersToCorrect(failure) ? Krpo.USAGE : Krpo.FAILURE;
    }

    @Override
    public int handleParseException(ParameterException failure, String[] args) {
        PrintWriter err = failure.getCommandLine().getErr();
        err.println("krpo: " + failure.getMessage().lines().findFirst().orElse("") + suggestion(failure) + "; see "
                + failure.getCommandLine().getCommandSpec().qualifiedName() + " --help");
        err.flush();
        return Krpo.USAGE;
    }

    private static String suggestion(ParameterException failure) {
        return failure instanceof UnmatchedArgumentException unmatched
                        && !unmatched.getSuggestions().isEmpty()
                ? "; did you mean " + String.join(" or ", unmatched.getSuggestions()) + "?"
                : "";
    }

    private static boolean isUsersToCorrect(Exception failure) {
        return failure instanceof UsageException || failure instanceof ConfigException;
    }

    private static String oneLine(Exception failure) {
        String message = failure.getMessage();
        boolean written = failure.getClass().getName().startsWith("dev.krpo.") || isUsersToCorrect(failure);
        // The messages of this program name field, value and remedy; those of others need their type to make sense.
        String line = written && message != null ? message : failure + " (--stacktrace shows where)";
        return line.replaceAll("\\s*\\R\\s*", " ");
    }
}
