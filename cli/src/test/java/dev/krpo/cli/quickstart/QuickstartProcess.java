package dev.krpo.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the command in a separate process. */
final class QuickstartProcess implements AutoCloseable {

    private final Process process;
    private final BufferedReader out;
    private final List<String> lines = new ArrayList<>();

    QuickstartProcess(String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dkrpo.home=..",
                // Use the command's own logging, not that of the tests.
                "-Dlogback.configurationFile=logback.xml",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.krpo.cli.Krpo",
                "quickstart"));
        command.addAll(List.of(args));
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        out = process.inputReader();
    }

    long pid() {
        return process.pid();
    }

    /** Reads the output until the run has made a version. */
    void awaitVersion() throws IOException {
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            lines.add(line);
            if (line.matches(".* version +[1-9].*")) {
                return;
            }
        }
        throw new AssertionError("it ended: " + lines);
    }

    /** Sends SIGINT, like Ctrl-C. */
    void interrupt() throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-INT", Long.toString(pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** The complete output, followed by the exit code. */
    List<String> awaitEnd() throws IOException, InterruptedException {
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            lines.add(line);
        }
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return lines;
    }

    int exitCode() {
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
