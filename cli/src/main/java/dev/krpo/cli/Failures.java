package dev.krpo.cli;

import dev.krpo.broker.DirectoryInUseException;
import dev.krpo.runtime.text.Reason;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.settings.NearestName;
import dev.krpo.settings.UsageException;
import java.io.PrintWriter;
import org.apache.kafka.common.config.ConfigException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns every failure into one line on standard error and an exit code: 2 if the user can correct it, else 1. */
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

    /** Suggests the option or command that was probably meant. */
    private static String suggestion(ParameterException failure) {
        if (!(failure instanceof UnmatchedArgumentException unmatched)
                || unmatched.getUnmatched().isEmpty()) {
            return "";
        }
        String given = unmatched.getUnmatched().get(0);
        CommandSpec command = failure.getCommandLine().getCommandSpec();
        return NearestName.of(
                        given,
                        given.startsWith("-")
                                ? command.optionsMap().keySet()
                                : command.subcommands().keySet())
                .map(nearest -> "; did you mean " + nearest + "?")
                .orElse("");
    }

    private static boolean isUsersToCorrect(Exception failure) {
        return failure instanceof UsageException
                || failure instanceof InvalidSettingException
                || failure instanceof ConfigException
                || failure instanceof DirectoryInUseException;
    }

    private static String oneLine(Exception failure) {
        String message = Reason.message(failure);
        boolean written = isUsersToCorrect(failure) || isOurs(failure);
        String type = failure.getClass().getSimpleName();
        // Our own messages name field, value and remedy; those of libraries make no sense without the exception's type.
        String line = written && message != null
                ? message
                : (message == null ? "" : message + " ") + "(" + type + "; --stacktrace shows where)";
        return line.replaceAll("\\s*\\R\\s*", " ");
    }

    /** True if the message is one of ours, whatever the type of the exception. */
    private static boolean isOurs(Exception failure) {
        StackTraceElement[] trace = failure.getStackTrace();
        // Thrown by the JVM because of a bug in this program: the type says more than the message.
        boolean mistake = failure instanceof NullPointerException || failure instanceof IndexOutOfBoundsException;
        return !mistake && trace.length > 0 && trace[0].getClassName().startsWith("dev.krpo.");
    }
}
