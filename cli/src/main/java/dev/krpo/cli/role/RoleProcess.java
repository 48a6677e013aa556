package dev.krpo.cli.role;

import dev.krpo.runtime.clock.SteadyClock;
import dev.krpo.runtime.role.Role;
import dev.krpo.runtime.text.Reason;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.jmx.JmxConfig;
import io.micrometer.jmx.JmxMeterRegistry;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a role as the only job of this process until it fails, or until Ctrl-C or SIGTERM stops it cleanly. */
public final class RoleProcess {

    private static final Logger LOG = LoggerFactory.getLogger(RoleProcess.class);
    private static final Duration CLOCK_CHECK = Duration.ofSeconds(1);
    /** Waiting for the clock to catch up would take longer than a restart. */
    private static final Duration CLOCK_LIMIT = Duration.ofSeconds(30);

    private final String name;
    private final Role role;
    private final Duration progress;
    private final PrintWriter out;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicBoolean stopping = new AtomicBoolean();

    /** @param progress interval between progress lines; zero for none */
    public RoleProcess(String name, Role role, Duration progress, PrintWriter out) {
        this.name = name;
        this.role = role;
        this.progress = progress;
        this.out = out;
    }

    /**
     * Starts the role and returns when it has ended by itself. On a signal, exits the process, with code 0 if the role
     * stopped cleanly.
     *
     * @param running lines to print once the role is running
     * @throws RoleFailedException if the role failed
     */
    public void run(String running) throws InterruptedException {
        Thread hook = new Thread(this::stopAndHalt, "krpo-shutdown");
        Runtime.getRuntime().addShutdownHook(hook);
        Thread watch = new Thread(this::sayProgress, "krpo-progress");
        watch.setDaemon(true);
        Thread clock = new Thread(this::watchClock, "krpo-clock");
        clock.setDaemon(true);
        MeterRegistry jmx = new JmxMeterRegistry(JmxConfig.DEFAULT, Clock.SYSTEM);
        try {
            role.meters().bindTo(jmx);
            clock.start();
            role.start();
            say(running);
            if (!progress.isZero()) {
                watch.start();
            }
            role.awaitTermination();
        } finally {
            ended.countDown();
            role.close();
            jmx.close();
            if (!stopping.get()) {
                Runtime.getRuntime().removeShutdownHook(hook);
            }
        }
        Throwable failure = role.failure().orElse(null);
        if (failure != null) {
            String reason = Reason.message(failure);
            throw new RoleFailedException(
                    name + " stopped: " + (reason == null ? failure.getClass().getSimpleName() : reason), failure);
        }
    }

    /** Calls halt(), because the JVM would report the signal as the exit code even after a clean stop. */
    private void stopAndHalt() {
        stopping.set(true);
        int exitCode = 1;
        try {
            role.close();
            exitCode = role.failure().isPresent() ? 1 : 0;
            say(name + ": stopped");
        } catch (RuntimeException e) {
            LOG.error("{} did not stop cleanly", name, e);
        }
        Runtime.getRuntime().halt(exitCode);
    }

    /**
     * Kafka's clients measure their waits with the wall clock: if it is set back by hours, they send no heartbeats for
     * hours. Closing them may take as long, so this process halts as if killed, which violates no guarantee.
     */
    private void watchClock() {
        SteadyClock clock = new SteadyClock();
        try {
            while (!ended.await(CLOCK_CHECK.toMillis(), TimeUnit.MILLISECONDS)) {
                // Measures from check to check, so that slow corrections of the wall clock do not add up.
                SteadyClock next = new SteadyClock();
                Duration back = clock.wallClockSetBack();
                clock = next;
                if (back.compareTo(CLOCK_LIMIT) > 0) {
                    LOG.error(
                            "{} stops: the wall clock was set back by {}, and Kafka's clients would stall for"
                                    + " as long; restart it",
                            name,
                            back);
                    Runtime.getRuntime().halt(1);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sayProgress() {
        try {
            while (!ended.await(progress.toMillis(), TimeUnit.MILLISECONDS)) {
                role.progress().ifPresent(done -> say(name + ": " + done));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}
