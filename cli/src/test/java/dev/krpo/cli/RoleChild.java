package dev.krpo.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A role in a separate process that can be killed, paused and restarted, and whose wall clock can be set. */
final class RoleChild implements AutoCloseable {

    private final String name;
    private final Path config;
    private final File log;
    private final JumpingClock clock;
    private Process process;

    RoleChild(String name, Path config, Path logs) throws IOException {
        this.name = name;
        this.config = config;
        this.log = logs.resolve(name + ".log").toFile();
        this.clock = new JumpingClock(logs, name);
    }

    String name() {
        return name;
    }

    void start() throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                clock.jvmArgument(),
                "-Dlogback.configurationFile=logback.xml",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.krpo.cli.Krpo",
                name,
                "--config",
                config.toString(),
                "--verbose",
                "--stacktrace"));
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                .start();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    int exitCode() {
        return process.exitValue();
    }

    /** Sends SIGKILL: no chance to shut down. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Sends SIGTERM, as an orchestrator does. */
    void terminate() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            throw new AssertionError(name + " did not stop within 30 s of SIGTERM; see " + log);
        }
    }

    /** Sends SIGSTOP or SIGCONT. */
    void signal(String signal) throws IOException, InterruptedException {
        if (new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                        .start()
                        .waitFor()
                != 0) {
            throw new AssertionError("kill -" + signal + " " + name);
        }
    }

    JumpingClock clock() {
        return clock;
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroyForcibly();
        }
    }
}
