package dev.krpo.worker;

import dev.krpo.policy.checkpoint.CheckpointStores;
import dev.krpo.runtime.cluster.BrokerUnavailableException;
import dev.krpo.runtime.cluster.BrokerWatch;
import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.cluster.PrefixOwner;
import dev.krpo.runtime.role.Role;
import dev.krpo.runtime.role.RoleThreads;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.settings.Config;
import dev.krpo.worker.engine.PolicyFollower;
import dev.krpo.worker.engine.RolloutEngine;
import dev.krpo.worker.engine.RolloutEngineFactory;
import dev.krpo.worker.engine.RolloutEngines;
import dev.krpo.worker.environment.Environments;
import dev.krpo.worker.publish.RolloutPublisher;
import dev.krpo.worker.settings.WorkerSettings;
import dev.krpo.worker.task.TaskLoop;
import dev.krpo.worker.task.WorkerProgress;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rollout worker as a role: takes tasks from the share group, answers their prompts with the newest policy version,
 * scores the completions and publishes them. Any number of workers may run, and any of them may die at any time. One
 * thread generates, a pool computes rewards, one thread keeps the tasks locked, and one loads policy versions; a
 * failure of one stops all and is available from {@link #failure()}.
 */
public final class RolloutWorker implements Role {

    private static final Logger LOG = LoggerFactory.getLogger(RolloutWorker.class);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    private final Cluster cluster;
    private final Config config;
    private final WorkerSettings worker;
    private final RolloutEngineFactory engines;
    private final WorkerProgress progress = new WorkerProgress();
    private final AtomicBoolean started = new AtomicBoolean();
    private final AtomicInteger running = new AtomicInteger(2);
    private final RoleThreads threads = new RoleThreads();
    private volatile boolean closing;
    private volatile BrokerWatch watch;

    /**
     * @param config the sections {@code kafka}, {@code broker}, {@code topics}, {@code policy} and {@code worker}
     * @throws dev.krpo.settings.InvalidSettingException naming the invalid setting
     */
    public RolloutWorker(Config config) {
        this.config = config;
        cluster = Cluster.of(config);
        PolicySettings.SECTION.settings().forEach(config::get);
        worker = new WorkerSettings(config);
        engines = RolloutEngines.chosen(config);
        Environments.chosen(config);
        CheckpointStores.of(config, PolicySettings.CHECKPOINTS);
    }

    /**
     * Waits for the broker, checks the topics and starts the threads. Tasks are taken once the first policy version is
     * loaded.
     *
     * @throws dev.krpo.runtime.cluster.BrokerUnavailableException if no broker answers in time
     * @throws dev.krpo.runtime.topic.TopicsNotReadyException if a topic is missing or has the wrong partition count
     * @throws dev.krpo.settings.InvalidSettingException if the topics belong to another policy
     * @throws IllegalArgumentException if {@code policy.device} is gpu and none is available
     */
    @Override
    public void start() {
        if (!started.compareAndSet(false, true)) {
            throw new IllegalStateException(
                    "worker " + worker.id() + " has already been started or closed; create a new one");
        }
        try {
            launch();
        } catch (RuntimeException e) {
            threads.terminate();
            throw e;
        }
    }

    private void launch() {
        cluster.check();
        PrefixOwner.check(cluster, config.get(PolicySettings.NAME));
        watch = BrokerWatch.start(cluster.kafka(), "worker", this::endWithoutBroker);
        RolloutEngine engine = engines.create(config);
        RolloutPublisher publisher = new RolloutPublisher(cluster);
        BooleanSupplier stop = () -> closing;
        PolicyFollower follower = new PolicyFollower(cluster, worker, engine, publisher, stop);
        TaskLoop loop = new TaskLoop(cluster, worker, engine, publisher, progress, stop);
        startThread("krpo-worker-policy", follower, engine, publisher);
        // No tasks are taken before there is a version, so that they go to workers that have one.
        Runnable tasks = () -> {
            if (follower.awaitVersion()) {
                loop.run();
            }
        };
        startThread("krpo-worker-tasks", tasks, engine, publisher);
    }

    /** Does not wait for any thread: each may be blocked on the broker. */
    private void endWithoutBroker(BrokerUnavailableException outage) {
        fail(outage);
        closing = true;
        threads.terminate();
    }

    private void fail(Throwable cause) {
        LOG.error("worker {} stops", worker.id(), cause);
        threads.fail(cause);
    }

    private void startThread(String name, Runnable work, RolloutEngine engine, RolloutPublisher publisher) {
        threads.start(name, work, this::fail, () -> {
            closing = true;
            if (running.decrementAndGet() == 0) {
                engine.close();
                publisher.close();
                LOG.info("worker {} has stopped", worker.id());
                threads.terminate();
            }
        });
    }

    /** The failure that stopped the role; empty if it was stopped by {@link #close()}. */
    @Override
    public Optional<Throwable> failure() {
        return threads.failure();
    }

    /** Waits until the role has stopped, by {@link #close()} or a failure. */
    @Override
    public void awaitTermination() throws InterruptedException {
        threads.awaitTermination();
    }

    @Override
    public MeterBinder meters() {
        return progress;
    }

    @Override
    public Optional<String> progress() {
        return progress.take();
    }

    /** Acknowledges published tasks, immediately releases the others for other workers, and stops. */
    @Override
    public void close() {
        closing = true;
        if (watch != null) {
            watch.close();
        }
        if (started.compareAndSet(false, true)) {
            threads.terminate();
        }
        if (!threads.awaitTermination(CLOSE_LIMIT)) {
            LOG.warn("worker {} has not stopped after {}", worker.id(), CLOSE_LIMIT);
        }
    }
}
