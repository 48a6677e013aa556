package dev.krpo.trainer.run;

import dev.krpo.learner.Learner;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.runtime.clock.SteadyClock;
import dev.krpo.runtime.cluster.BrokerConnection;
import dev.krpo.runtime.cluster.BrokerWatch;
import dev.krpo.runtime.cluster.PrefixOwner;
import dev.krpo.runtime.role.Role;
import dev.krpo.runtime.role.RoleThreads;
import dev.krpo.runtime.rules.BehaviourRules;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.trainer.deadletter.DeadLetterWriter;
import dev.krpo.trainer.publish.FinishedStep;
import dev.krpo.trainer.publish.TrainerIo;
import dev.krpo.trainer.publish.VersionPublisher;
import dev.krpo.trainer.schedule.InFlightBudget;
import dev.krpo.trainer.schedule.Scheduler;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains one policy: scheduler, sample reader, learner and publisher, each on its own thread with bounded queues
 * between them. Starts from the last published version, or from the base model if no version has been published.
 */
public final class Trainer implements Role {

    private static final Logger LOG = LoggerFactory.getLogger(Trainer.class);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(15);
    /** A failed trainer has no work left that justifies a longer wait. */
    private static final Duration FAILED_CLOSE_LIMIT = Duration.ofSeconds(3);

    private static final long POLL_MS = 200;

    private final TrainerSettings settings;
    private final TrainerIo backends;
    private final Duration closeLimit;
    private final RoleThreads threads = new RoleThreads();
    private final TrainerProgress progress = new TrainerProgress();
    private BrokerWatch watch;
    private TrainerLease lease;
    private VersionPublisher publisher;
    private DeadLetterWriter deadLetters;
    private SampleReader reader;
    private MissingSamples missing;
    private volatile Scheduler scheduler;
    private volatile LearnerLoop loop;
    private volatile boolean givenUp;
    private volatile boolean closing;

    /** @throws InvalidSettingException naming the setting, its value and the remedy */
    public Trainer(Config config) {
        this(config, TrainerIo.REAL, CLOSE_LIMIT);
    }

    Trainer(Config config, TrainerIo backends) {
        this(config, backends, CLOSE_LIMIT);
    }

    /** @param closeLimit how long closing waits for the current step */
    Trainer(Config config, TrainerIo backends, Duration closeLimit) {
        this.closeLimit = closeLimit;
        this.backends = backends;
        settings = new TrainerSettings(config);
        TorchEngine.configure(settings.get(PolicySettings.THREADS));
    }

    /**
     * @throws dev.krpo.runtime.cluster.BrokerUnavailableException if no broker answers
     * @throws dev.krpo.runtime.topic.TopicsNotReadyException if topics are missing or have the wrong partition count
     * @throws IllegalStateException if another trainer of the policy is running
     * @throws CheckpointException if the checkpoint to start from cannot be used
     */
    @Override
    public void start() {
        String clusterId;
        try (Admin admin = settings.cluster().connect()) {
            settings.catalogue().check(admin);
            clusterId = BrokerConnection.clusterId(admin);
        }
        watch = BrokerWatch.start(settings.kafka(), "trainer", exception -> fail("krpo-broker-watch", exception));
        try {
            start(clusterId);
        } catch (RuntimeException e) {
            // A client's error for an unreachable broker names neither its address nor a remedy.
            watch.end().ifPresent(outage -> {
                outage.addSuppressed(e);
                throw outage;
            });
            throw e;
        }
    }

    private void start(String clusterId) {
        PrefixOwner.check(settings.cluster(), settings.get(PolicySettings.NAME));
        lease = TrainerLease.acquire(settings, watch, exception -> fail("trainer-lease", exception));
        CheckpointStore store = backends.store(settings);
        LearnerStart start = new LearnerStart(settings, store);
        List<String> earlier = start.earlierAttempts();
        // Initialising transactions first ends those of a dead trainer, so that the records read next are final.
        publisher = new VersionPublisher(settings, store, backends.producer(settings));
        StartingPoint from = StartingPoint.read(settings);
        Learner learner = start.learner(from, clusterId, publisher);
        publisher.removeLeftovers(earlier, from.version());
        Map<Integer, Long> nextOffsets = new HashMap<>();
        from.step().ifPresent(done -> done.getNextOffsets()
                .forEach(next -> nextOffsets.put(next.getPartition(), next.getOffset())));
        BlockingQueue<Sample> samples = new ArrayBlockingQueue<>(2 * settings.get(TrainerSettings.BATCH_SIZE));
        BlockingQueue<FinishedStep> finished = new ArrayBlockingQueue<>(2);
        SampleRules rules = new SampleRules(learner.policy().config(), BehaviourRules.of(settings.config()));
        deadLetters = new DeadLetterWriter(settings);
        reader = new SampleReader(settings, samples, nextOffsets, rules, deadLetters);

        long consumed = from.step()
                .map(done -> done.getSamplesTrained() + done.getSamplesDropped())
                .orElse(0L);
        long limit =
                (long) SchedulerSettings.batchesInFlight(settings.config()) * settings.get(TrainerSettings.BATCH_SIZE);
        long inherited = Math.min(
                limit, Math.max(0, from.nextTaskSequence() * settings.get(SchedulerSettings.GROUP_SIZE) - consumed));
        InFlightBudget demand = new InFlightBudget(
                limit, settings.get(SchedulerSettings.TASK_TIMEOUT_MS), inherited, SteadyClock.PROCESS.milliseconds());
        loop = new LearnerLoop(
                settings,
                learner,
                samples,
                finished,
                demand,
                new RecordedIds(settings).read(),
                deadLetters,
                progress,
                nextOffsets,
                from.step(),
                () -> scheduler.nextSequence());
        scheduler = new Scheduler(settings, demand, loop::version, lease::isHeld, deadLetters, from.nextTaskSequence());
        missing = new MissingSamples(settings, demand, scheduler::unusable);

        LOG.info("training policy {} from version {}", settings.get(PolicySettings.NAME), loop.version());
        run("trainer-scheduler", scheduler);
        run("trainer-missing-samples", missing);
        run("trainer-reader", reader);
        run("trainer-learner", this::learn);
        ModelConfig config = learner.policy().config();
        Tokenizer tokenizer = learner.policy().tokenizer();
        run("trainer-publisher", () -> publish(config, tokenizer, finished));
    }

    /** The learner's thread owns its memory; another thread might free it while it is in use. */
    private void learn() {
        try (LearnerLoop owned = loop) {
            owned.run();
        }
    }

    private void publish(ModelConfig config, Tokenizer tokenizer, BlockingQueue<FinishedStep> finished) {
        try {
            for (FinishedStep step = next(finished); !step.isEnd(); step = next(finished)) {
                // The transaction commits the offsets of the records that the letters are about.
                deadLetters.flush();
                publisher.publish(step, config, tokenizer, reader.groupMetadata());
                LOG.info("published policy version {}", step.step().getVersionAfter());
                progress.add(step.step());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // Not in a finally block: waiting threads must see the failure that came first.
        loop.stop();
        threads.terminate();
    }

    /** A failed trainer never hands over the end marker. */
    private FinishedStep next(BlockingQueue<FinishedStep> finished) throws InterruptedException {
        FinishedStep step = null;
        while (step == null) {
            step = finished.poll(POLL_MS, TimeUnit.MILLISECONDS);
            if (step == null && (threads.failure().isPresent() || givenUp)) {
                return FinishedStep.end();
            }
        }
        return step;
    }

    private void run(String name, Runnable work) {
        threads.start(name, work, exception -> fail(name, exception));
    }

    private void fail(String thread, Throwable exception) {
        if (closing) {
            // Work interrupted by closing is expected to fail, and nothing is lost: it was not announced.
            LOG.info("{} abandons its work because the trainer is closing", thread, exception);
            givenUp = true;
        } else {
            LOG.error("{} failed; stopping the trainer", thread, exception);
            threads.fail(exception);
        }
        if (loop != null) {
            loop.abandon();
        }
        threads.terminate();
    }

    /** The failure that stopped the trainer, if any; failures while closing are only logged. */
    @Override
    public Optional<Throwable> failure() {
        return threads.failure();
    }

    /** Returns once trainer.maxSteps is reached, a thread has failed, or the trainer has been closed. */
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

    /** Finishes and publishes the current step, if that takes no longer than a few seconds. */
    @Override
    public void close() {
        closing = true;
        if (watch != null) {
            watch.close();
        }
        if (publisher != null) {
            publisher.stopRetrying();
        }
        if (loop != null) {
            loop.stop();
        }
        if (scheduler != null) {
            scheduler.close();
        }
        if (reader != null) {
            reader.close();
        }
        if (missing != null) {
            missing.close();
        }
        boolean ended = awaitThreads(threads.failure().isEmpty() ? closeLimit : FAILED_CLOSE_LIMIT);
        if (!ended) {
            givenUp = true;
            loop.abandon();
            // Threads that wait for an unreachable broker would otherwise block for minutes.
            threads.interrupt();
        }
        if (deadLetters != null) {
            deadLetters.close(ended ? FAILED_CLOSE_LIMIT : Duration.ZERO);
        }
        if (publisher != null) {
            publisher.close(ended ? FAILED_CLOSE_LIMIT : Duration.ZERO);
        }
        if (lease != null) {
            lease.close();
        }
    }

    /** True if all threads have ended. */
    private boolean awaitThreads(Duration limit) {
        List<String> running = threads.join(limit);
        running.forEach(name -> LOG.warn(
                "{} is still running {} after the trainer was closed; its result will not be published", name, limit));
        return running.isEmpty();
    }
}
