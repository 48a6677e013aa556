package dev.krpo.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/**
 * Runs a command and captures its output.
 *
 * @param exitCode the exit code that the process would return
 * @param out standard output
 * @param err standard error
 */
record Cli(int exitCode, String out, String err) {

    static Cli run(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command = Krpo.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int exitCode = command.execute(args);
        command.getOut().flush();
        command.getErr().flush();
        return new Cli(exitCode, out.toString(), err.toString());
    }
}
