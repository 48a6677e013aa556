package dev.krpo.experiments;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Runs krpo commands in child processes: one engine each, and none outlives this process. */
final class ChildProcesses implements AutoCloseable {

    private static final String MAIN = "dev.krpo.cli.Krpo";

    private final int limit;
    private volatile boolean stopped;
    private final Set<Process> running = ConcurrentHashMap.newKeySet();
    private final Thread stopper = new Thread(this::stop, "stop-child-processes");

    /** @param limit maximum number of concurrent processes; callers must respect it */
    ChildProcesses(int limit) {
        this.limit = limit;
        Runtime.getRuntime().addShutdownHook(stopper);
    }

    int limit() {
        return limit;
    }

    /**
     * Runs a krpo command to completion.
     *
     * @throws IllegalStateException with its last output if it fails
     */
    void run(List<String> arguments) throws InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN));
        command.addAll(arguments);
        Process process = null;
        try {
            requireRunning();
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
            running.add(process);
            // A process started during stop() must not be left running.
            requireRunning();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            if (code != 0) {
                throw new IllegalStateException("`krpo " + String.join(" ", arguments) + "` ended with exit code "
                        + code + ": " + output.strip());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("`krpo " + String.join(" ", arguments) + "` could not be run", e);
        } finally {
            if (process != null) {
                process.destroy();
                running.remove(process);
            }
        }
    }

    private void requireRunning() {
        if (stopped) {
            throw new IllegalStateException("stopped");
        }
    }

    private void stop() {
        stopped = true;
        running.forEach(Process::destroy);
    }

    @Override
    public void close() {
        stop();
        Runtime.getRuntime().removeShutdownHook(stopper);
    }
}
