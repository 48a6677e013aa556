package dev.krpo.runtime.cluster;

import dev.krpo.runtime.settings.KafkaSettings;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Probes the brokers every second. During an outage, the clients of a role retry silently; this class logs what the
 * role is waiting for, and stops the role after {@code broker.outageTimeoutMs}.
 */
public final class BrokerWatch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(BrokerWatch.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final int ATTEMPT_MS = 3_000;
    private static final Duration FIRST_WORD = Duration.ofSeconds(5);
    private static final Duration NEXT_WORD = Duration.ofSeconds(30);
    /** A longer probe means that this process was paused, not that the brokers were unavailable for that long. */
    private static final Duration LONGEST_ATTEMPT = INTERVAL.plusMillis(2 * ATTEMPT_MS);

    private final KafkaSettings settings;
    private final String role;
    private final Consumer<BrokerUnavailableException> onEnd;
    private final Admin admin;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile Duration away = Duration.ZERO;
    private volatile BrokerUnavailableException end;
    private Duration nextWord = FIRST_WORD;

    private BrokerWatch(KafkaSettings settings, String role, Consumer<BrokerUnavailableException> onEnd) {
        this.settings = settings;
        this.role = role;
        this.onEnd = onEnd;
        this.admin = Admin.create(settings.client(Map.of()));
    }

    /**
     * @param role named in messages, such as {@code trainer}
     * @param onEnd called once, on the watch's own thread, when the timeout has expired
     */
    public static BrokerWatch start(KafkaSettings settings, String role, Consumer<BrokerUnavailableException> onEnd) {
        BrokerWatch watch = new BrokerWatch(settings, role, onEnd);
        Thread thread = new Thread(watch::run, "krpo-broker-watch");
        thread.setDaemon(true);
        thread.start();
        return watch;
    }

    private void run() {
        try (admin) {
            long before = System.nanoTime();
            while (!closed.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
                String failure = ask();
                long now = System.nanoTime();
                Duration attempt = Duration.ofNanos(now - before);
                before = now;
                if (failure == null) {
                    answered();
                } else if (isOver(attempt, failure)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Null if a broker responds, otherwise the reason why none does. */
    private String ask() throws InterruptedException {
        try {
            admin.describeCluster(new DescribeClusterOptions().timeoutMs(ATTEMPT_MS))
                    .nodes()
                    .get();
            return null;
        } catch (ExecutionException e) {
            return e.getCause().getMessage();
        }
    }

    private void answered() {
        if (nextWord.compareTo(FIRST_WORD) > 0) {
            LOG.warn(
                    "{}: Kafka at {} responds again after {} s; resuming work",
                    role,
                    settings.bootstrapServers(),
                    away.toSeconds());
        }
        away = Duration.ZERO;
        nextWord = FIRST_WORD;
    }

    private boolean isOver(Duration attempt, String failure) {
        away = away.plus(attempt.compareTo(LONGEST_ATTEMPT) < 0 ? attempt : LONGEST_ATTEMPT);
        if (away.compareTo(settings.outageTimeout()) >= 0) {
            end = new BrokerUnavailableException("no Kafka broker has answered at " + settings.bootstrapServers()
                    + " for " + away.toSeconds()
                    + " s: " + failure + ". Start the broker or restore the network, then restart this role: it"
                    + " resumes where it stopped. To wait longer, raise broker.outageTimeoutMs ("
                    + settings.outageTimeout().toMillis() + ")");
            onEnd.accept(end);
            return true;
        }
        if (away.compareTo(nextWord) >= 0) {
            LOG.warn(
                    "{}: no Kafka broker has answered at {} for {} s ({}); waiting, nothing is lost; this role"
                            + " stops in {} s"
                            + " (broker.outageTimeoutMs)",
                    role,
                    settings.bootstrapServers(),
                    away.toSeconds(),
                    failure,
                    settings.outageTimeout().minus(away).toSeconds());
            nextWord = away.plus(NEXT_WORD);
        }
        return false;
    }

    /** The reason why the role stops; empty until an outage has lasted for {@code broker.outageTimeoutMs}. */
    public Optional<BrokerUnavailableException> end() {
        return Optional.ofNullable(end);
    }

    /** True if the last probe failed. */
    public boolean isAway() {
        return !away.isZero();
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
