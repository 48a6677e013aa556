package dev.krpo.trainer.run;

import dev.krpo.runtime.cluster.BrokerWatch;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.trainer.settings.TrainerSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to train a policy: ownership of the single partition of {@code policy-versions} in a dedicated consumer
 * group. The group assigns it to one trainer, leaves it there when a second one joins, and reassigns it a few seconds
 * after its owner has died.
 *
 * <p>It prevents a second trainer from being started by mistake. It does not stop a trainer that has lost the lease
 * from publishing: the transactional id does.
 */
final class TrainerLease implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TrainerLease.class);
    private static final Duration POLL = Duration.ofMillis(500);
    /** The broker's default minimum; also how long a dead trainer keeps the lease. */
    private static final int SESSION_MS = 6_000;

    private static final Duration ACQUIRE_LIMIT = Duration.ofMillis(3 * SESSION_MS);
    /** Longer than the broker's default initial rebalance delay, 3 s. */
    private static final long NOTICE_MS = 6_000;

    private final TrainerSettings settings;
    private final String group;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Consumer<Throwable> onFailure;
    private final CountDownLatch decided = new CountDownLatch(1);
    private volatile RuntimeException failure;
    private final Thread thread = new Thread(this::keep, "trainer-lease");
    private volatile boolean running = true;
    private volatile long heldUntilNanos = System.nanoTime();

    private TrainerLease(TrainerSettings settings, Consumer<Throwable> onFailure) {
        this.settings = settings;
        this.onFailure = onFailure;
        this.group = settings.catalogue().trainerLease(settings.get(PolicySettings.NAME));
        this.consumer = new KafkaConsumer<>(
                settings.kafka()
                        .client(Map.of(
                                "group.id",
                                group,
                                "group.protocol",
                                "classic",
                                "session.timeout.ms",
                                SESSION_MS,
                                "heartbeat.interval.ms",
                                SESSION_MS / 3,
                                "enable.auto.commit",
                                "false",
                                "auto.offset.reset",
                                "latest",
                                "partition.assignment.strategy",
                                CooperativeStickyAssignor.class.getName())),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    /**
     * Waits for as long as a trainer that has just died may hold the lease. Time without a broker does not count: the
     * watch then reports the outage.
     *
     * @param onFailure receives an error that later prevents renewal of the lease
     * @throws IllegalStateException naming the other trainer, if one is running
     * @throws dev.krpo.runtime.cluster.BrokerUnavailableException if no broker answers for
     *     {@code broker.outageTimeoutMs}
     * @throws org.apache.kafka.common.KafkaException if the group cannot be joined
     */
    static TrainerLease acquire(TrainerSettings settings, BrokerWatch watch, Consumer<Throwable> onFailure) {
        TrainerLease lease = new TrainerLease(settings, onFailure);
        lease.thread.setDaemon(true);
        lease.thread.start();
        boolean acquired = false;
        try {
            lease.awaitDecision(watch);
            acquired = lease.failure == null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the lease of the policy", e);
        } finally {
            if (!acquired) {
                lease.close();
            }
        }
        if (!acquired) {
            throw lease.failure;
        }
        return lease;
    }

    private void awaitDecision(BrokerWatch watch) throws InterruptedException {
        long waitedMs = 0;
        while (!decided.await(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
            if (watch.end().isPresent()) {
                throw watch.end().get();
            }
            waitedMs = watch.isAway() ? 0 : waitedMs + POLL.toMillis();
            if (waitedMs == NOTICE_MS) {
                LOG.warn(
                        "another trainer of policy '{}' has the lease; waiting up to {} s in case it has just died",
                        settings.get(PolicySettings.NAME),
                        ACQUIRE_LIMIT.toSeconds());
            }
            if (waitedMs >= ACQUIRE_LIMIT.toMillis()) {
                throw new IllegalStateException("another trainer of policy '"
                        + settings.get(PolicySettings.NAME) + "' is running" + owner()
                        + "; only one trainer per policy may run: stop that one, or set another policy.name");
            }
        }
    }

    /** True if this trainer certainly holds the lease; false after a pause, until the group has confirmed it again. */
    boolean isHeld() {
        return heldUntilNanos - System.nanoTime() > 0;
    }

    private void keep() {
        try (consumer) {
            consumer.subscribe(List.of(settings.catalogue().name(Topic.POLICY_VERSIONS)));
            while (running) {
                consumer.poll(POLL);
                if (consumer.assignment().isEmpty()) {
                    heldUntilNanos = System.nanoTime();
                } else {
                    // We only need group membership; never fetch records.
                    consumer.pause(consumer.assignment());
                    heldUntilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SESSION_MS / 2);
                    decided.countDown();
                }
            }
        } catch (WakeupException e) {
            LOG.debug("stopping", e);
        } catch (RuntimeException e) {
            boolean held = decided.getCount() == 0;
            failure = e;
            decided.countDown();
            if (held) {
                onFailure.accept(e);
            }
        }
    }

    private String owner() {
        try (Admin admin = settings.cluster().admin()) {
            return admin.describeConsumerGroups(List.of(group)).describedGroups().get(group).get().members().stream()
                    .filter(member -> !member.assignment().topicPartitions().isEmpty())
                    .map(member -> " (client " + member.clientId() + " at " + member.host() + ")")
                    .collect(Collectors.joining());
        } catch (ExecutionException | InterruptedException e) {
            LOG.info("the owner of the lease is unknown", e);
            return "";
        }
    }

    /** Releases the lease immediately. */
    @Override
    public void close() {
        running = false;
        consumer.wakeup();
        try {
            thread.join(SESSION_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
