package dev.krpo.cli.role;

import java.util.concurrent.CountDownLatch;

/**
 * Lets a command finish after Ctrl-C or SIGTERM, and the process exit with the command's own code; the JVM alone would
 * report the signal even after a clean stop.
 */
public final class CleanStop implements AutoCloseable {

    private static volatile boolean requested;

    private final Runnable stop;
    private boolean ended;

    private CleanStop(Runnable stop) {
        this.stop = stop;
    }

    /** Until this is closed, a signal only calls {@code stop}, which must make the command end. */
    public static CleanStop on(Runnable stop) {
        CleanStop handler = new CleanStop(stop);
        Runtime.getRuntime().addShutdownHook(new Thread(handler::onSignal, "krpo-shutdown"));
        return handler;
    }

    /** Ends the process. */
    public static void exit(int exitCode) {
        if (requested) {
            // The JVM is already shutting down and waits for the hook, which waits for this.
            Runtime.getRuntime().halt(exitCode);
        }
        System.exit(exitCode);
    }

    private void onSignal() {
        if (begin()) {
            stop.run();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized boolean begin() {
        requested = !ended;
        return requested;
    }

    @Override
    public synchronized void close() {
        ended = true;
    }
}
