package dev.krpo.cli.role;

import java.io.PrintWriter;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a role as the one job of this process: until it fails, or Ctrl-C or a terminate signal stops it cleanly. */
public final class RoleProcess {

    private static final Logger LOG = LoggerFactory.getLogger(RoleProcess.class);

    private final String name;
    private final Role role;
    private final PrintWriter out;
    private final AtomicBoolean stopping = new AtomicBoolean();

    public RoleProcess(String name, Role role, PrintWriter out) {
        this.name = name;
        this.role = role;
        this.out = out;
    }

    /**
     * Starts the role and returns when it has ended by itself. A signal ends the process from within, with exit code 0 if
     * the role stopped cleanly.
     *
     * @param running what to say once the role runs
     * @throws RoleFailedException if the role failed
     */
    public void run(String running) throws InterruptedException {
        Thread hook = new Thread(this::stopAndHalt, "krpo-shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            role.start().run();
            say(running);
            role.awaitTermination().await();
        } finally {
            role.close().run();
            if (!stopping.get()) {
                Runtime.getRuntime().removeShutdownHook(hook);
            }
        }
        Throwable failure = role.failure().get().orElse(null);
        if (failure != null) {
            throw new RoleFailedException(
                    name + " stopped: " + (failure.getMessage() == null ? failure : failure.getMessage()), failure);
        }
    }

    /** Halts, because the JVM would report the signal as the exit code although nothing went wrong. */
    private void stopAndHalt() {
        stopping.set(true);
        int exitCode = 1;
        try {
            role.close().run();
            exitCode = role.failure().get().isPresent() ? 1 : 0;
            say(name + ": stopped");
        } catch (RuntimeException e) {
            LOG.error("{} did not stop cleanly", name, e);
        }
        Runtime.getRuntime().halt(exitCode);
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}
