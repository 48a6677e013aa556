package dev.krpo.streams;

import dev.krpo.estimators.Estimators;
import dev.krpo.runtime.clock.SteadyClock;
import dev.krpo.runtime.cluster.BrokerUnavailableException;
import dev.krpo.runtime.cluster.BrokerWatch;
import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.cluster.LostRecordsException;
import dev.krpo.runtime.cluster.TopicOffsets;
import dev.krpo.runtime.role.Role;
import dev.krpo.runtime.role.RoleThreads;
import dev.krpo.schemas.KalmanState;
import dev.krpo.settings.Config;
import dev.krpo.streams.processor.TopologyNames;
import dev.krpo.streams.settings.StreamsSettings;
import dev.krpo.streams.store.BeliefStore;
import dev.krpo.streams.store.PromptKey;
import dev.krpo.streams.store.StoredBelief;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the topology as a role: start, query, close. A transient failure replaces the stream thread; any other failure,
 * or too many of them, stops the role and is available from {@link #failure()}.
 */
public final class StreamsApp implements Role {

    private static final Logger LOG = LoggerFactory.getLogger(StreamsApp.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
    private static final int MAX_REPLACEMENTS = 5;
    private static final Duration REPLACEMENT_PERIOD = Duration.ofMinutes(5);

    private final Cluster cluster;
    private final StreamsSettings settings;
    private final PolicyVersionsReader versions;
    private final boolean persistent;
    private final KafkaStreams streams;
    private final RoleThreads threads = new RoleThreads();
    private final AtomicLong reported = new AtomicLong();
    private final Deque<Long> replacements = new ArrayDeque<>();
    private volatile BrokerWatch watch;

    /**
     * @param config the sections {@code kafka}, {@code broker}, {@code topics}, {@code streams} and {@code estimator}
     * @throws dev.krpo.settings.InvalidSettingException naming the setting that is wrong
     */
    public StreamsApp(Config config) {
        cluster = Cluster.of(config);
        persistent = Estimators.of(config).persistent();
        settings = new StreamsSettings(config);
        versions = new PolicyVersionsReader(cluster, settings.policyVersionsTopic());
        streams = new KafkaStreams(KrpoTopology.build(config, versions), settings.properties(), new SteadyClock());
        streams.setUncaughtExceptionHandler(this::onException);
        streams.setStateListener((state, before) -> {
            LOG.info("topology: {} -> {}", before, state);
            if (state.hasCompletedShutdown()) {
                threads.terminate();
            }
        });
    }

    /**
     * Waits for the broker, checks the topics and starts the threads; {@link #isRunning()} is true once they process
     * records.
     *
     * @throws dev.krpo.runtime.cluster.BrokerUnavailableException if no broker responds in time
     * @throws dev.krpo.runtime.topic.TopicsNotReadyException if a topic is missing or has the wrong partition count
     */
    @Override
    public void start() {
        try (Admin admin = cluster.connect()) {
            cluster.topics().check(admin);
            warnOfChangelogs(admin);
            if (!cluster.topics().skipsLostRecords()) {
                FirstOffsets.commit(admin, settings.applicationId(), settings.rolloutsTopic());
            }
        }
        watch = BrokerWatch.start(cluster.kafka(), "streams", this::endWithoutBroker);
        streams.start();
    }

    private void endWithoutBroker(BrokerUnavailableException outage) {
        LOG.error("stopping the topology", outage);
        threads.fail(outage);
        threads.terminate();
    }

    private void warnOfChangelogs(Admin admin) {
        try {
            Changelogs.repair(admin, settings.applicationId())
                    .changes()
                    .forEach(change -> LOG.warn(
                            "a changelog created by an earlier build may reject large groups or lose records;"
                                    + " `krpo topics create` changes {}",
                            change));
        } catch (TopicAuthorizationException e) {
            LOG.debug("this user is not authorized to see the settings of the changelogs", e);
        }
    }

    /** True if rollouts are being processed; false during rebalances and while stores are restored. */
    public boolean isRunning() {
        return streams.state() == KafkaStreams.State.RUNNING;
    }

    /** The failure that stopped the role, if it did not stop through {@link #close()}. */
    @Override
    public Optional<Throwable> failure() {
        return threads.failure();
    }

    /** Waits until the role has stopped, through {@link #close()} or on a failure. */
    @Override
    public void awaitTermination() throws InterruptedException {
        threads.awaitTermination();
    }

    @Override
    public MeterBinder meters() {
        return registry -> {
            FunctionCounter.builder("krpo.streams.rollouts", this, StreamsApp::processed)
                    .description("Rollouts processed, rejected ones included")
                    .register(registry);
            FunctionCounter.builder("krpo.streams.duplicates", this, StreamsApp::duplicates)
                    .description("Rollouts dropped because their rolloutId had been seen")
                    .register(registry);
        };
    }

    private double processed() {
        return total("stream-thread-metrics", "process-total");
    }

    private double duplicates() {
        return total("stream-krpo-metrics", "duplicates-total");
    }

    /** The sum of one of Kafka Streams' metrics over all threads and tasks. */
    private double total(String group, String name) {
        return streams.metrics().entrySet().stream()
                .filter(metric -> metric.getKey().group().equals(group)
                        && metric.getKey().name().equals(name))
                .mapToDouble(metric -> ((Number) metric.getValue().metricValue()).doubleValue())
                .sum();
    }

    @Override
    public Optional<String> progress() {
        long total = (long) processed();
        long processed = total - reported.getAndSet(total);
        return processed > 0 ? Optional.of(String.format(Locale.ROOT, "%,d rollouts", processed)) : Optional.empty();
    }

    /**
     * The belief of a prompt, newer than {@code baselines} by up to one commit. Available only for prompts in this
     * process' partitions; empty with an estimator that has no history.
     *
     * @throws IllegalStateException during rebalances, before the start and after the end
     */
    public Optional<KalmanState> baseline(String policyName, String dataset, String promptId) {
        if (!persistent) {
            return Optional.empty();
        }
        try {
            ReadOnlyKeyValueStore<String, StoredBelief> filters = streams.store(StoreQueryParameters.fromNameAndType(
                    TopologyNames.PROMPT_FILTERS, QueryableStoreTypes.keyValueStore()));
            return Optional.ofNullable(BeliefStore.read(filters, new PromptKey(policyName, dataset, promptId)))
                    .map(stored -> stored.toRecord(promptId));
        } catch (InvalidStateStoreException e) {
            throw new IllegalStateException(
                    "beliefs cannot be read while the topology is " + streams.state() + "; retry once"
                            + " isRunning() is true",
                    e);
        }
    }

    /**
     * Commits in-flight work and leaves the group, so that the next start or another process takes over immediately.
     */
    @Override
    public void close() {
        if (watch != null) {
            watch.close();
        }
        boolean stopped = streams.close(
                CloseOptions.timeout(CLOSE_TIMEOUT).withGroupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP));
        if (!stopped) {
            LOG.warn(
                    "the topology did not stop within {}; its transaction will be aborted and its rollouts"
                            + " re-estimated",
                    CLOSE_TIMEOUT);
        }
        versions.close();
    }

    private synchronized StreamThreadExceptionResponse onException(Throwable exception) {
        long now = System.nanoTime();
        replacements.removeIf(time -> now - time > REPLACEMENT_PERIOD.toNanos());
        if (isTransient(exception) && watch.isAway()) {
            LOG.warn("a stream thread failed during a broker outage; replacing it", exception);
            return StreamThreadExceptionResponse.REPLACE_THREAD;
        }
        if (isTransient(exception) && replacements.size() < MAX_REPLACEMENTS) {
            replacements.add(now);
            LOG.warn(
                    "a stream thread failed; replacing it ({} of at most {} times in {})",
                    replacements.size(),
                    MAX_REPLACEMENTS,
                    REPLACEMENT_PERIOD,
                    exception);
            return StreamThreadExceptionResponse.REPLACE_THREAD;
        }
        Throwable cause = lostRollouts(exception).orElse(exception);
        LOG.error("stopping the topology", cause);
        threads.fail(cause);
        return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }

    /** An exception that names the lost records, if they caused the failure. */
    private Optional<Throwable> lostRollouts(Throwable exception) {
        for (Throwable cause = exception; cause != null; cause = cause.getCause()) {
            if (cause instanceof OffsetOutOfRangeException outOfRange) {
                return Optional.of(lostRollouts(outOfRange));
            }
            if (cause instanceof NoOffsetForPartitionException without) {
                return Optional.of(new KafkaException(
                        "the topology has no committed offset for " + without.partitions()
                                + "; stop all of its processes, then restart them: the first one commits the"
                                + " start offsets",
                        without));
            }
        }
        return Optional.empty();
    }

    private LostRecordsException lostRollouts(OffsetOutOfRangeException outOfRange) {
        try (Admin admin = cluster.connect()) {
            return new LostRecordsException(
                    "the topology",
                    outOfRange.offsetOutOfRangePartitions(),
                    TopicOffsets.of(admin, settings.rolloutsTopic(), OffsetSpec.earliest()),
                    outOfRange);
        }
    }

    private static boolean isTransient(Throwable exception) {
        for (Throwable cause = exception; cause != null; cause = cause.getCause()) {
            if (cause instanceof RetriableException) {
                return true;
            }
        }
        return false;
    }
}
