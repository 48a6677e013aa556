package dev.krpo.trainer.run;

import ai.djl.Device;
import dev.krpo.learner.Learner;
import dev.krpo.learner.LearnerOptions;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.runtime.cluster.BrokerConnection;
import dev.krpo.runtime.cluster.BrokerWatch;
import dev.krpo.runtime.cluster.PrefixOwner;
import dev.krpo.runtime.role.Role;
import dev.krpo.runtime.rules.BehaviourRules;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.trainer.deadletter.DeadLetterWriter;
import dev.krpo.trainer.publish.FinishedStep;
import dev.krpo.trainer.publish.TrainerIo;
import dev.krpo.trainer.publish.VersionName;
import dev.krpo.trainer.publish.VersionPublisher;
import dev.krpo.trainer.schedule.InFlightBudget;
import dev.krpo.trainer.schedule.MonotonicClock;
import dev.krpo.trainer.schedule.Scheduler;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
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
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final CountDownLatch terminated = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();
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
        List<String> earlier = earlierAttempts(store);
        // Initialising transactions first ends those of a dead trainer, so that the records read next are final.
        publisher = new VersionPublisher(settings, store, backends.producer(settings));
        StartingPoint from = StartingPoint.read(settings);
        requireNothingLater(from, store);
        claim(store, from, clusterId);
        Learner learner = learner(store, from.version());
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
                limit, settings.get(SchedulerSettings.TASK_TIMEOUT_MS), inherited, MonotonicClock.millis());
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

    /** Checkpoints of earlier trainers; excludes those written from now on. */
    private static List<String> earlierAttempts(CheckpointStore store) {
        try {
            return Stream.concat(store.names().stream(), store.unfinished().stream())
                    .distinct()
                    .toList();
        } catch (CheckpointException e) {
            LOG.debug("no checkpoints yet", e);
            return List.of();
        }
    }

    private void claim(CheckpointStore store, StartingPoint from, String clusterId) {
        if (from.isNewRun()) {
            store.create();
        }
        store.claim("policy '" + settings.get(PolicySettings.NAME) + "' of " + TopicSettings.PREFIX + " '"
                + settings.catalogue().prefix() + "' on Kafka cluster " + clusterId);
    }

    /**
     * A trainer announces each version before it writes the next, so it leaves at most one unannounced version. Later
     * ones show that the log was lost or truncated, and must not be deleted by retention.
     */
    private void requireNothingLater(StartingPoint from, CheckpointStore store) {
        if (!Files.isDirectory(settings.get(PolicySettings.CHECKPOINTS))) {
            return;
        }
        long newest = from.version().map(PolicyVersion::getVersion).orElse(-1L);
        store.names().stream()
                .filter(name -> VersionName.parse(name).orElse(newest) > newest + 1)
                .max(Comparator.naturalOrder())
                .ifPresent(name -> {
                    throw new IllegalStateException(
                            settings.get(PolicySettings.CHECKPOINTS) + " holds checkpoints up to " + name + ", and "
                                    + (from.isNewRun() ? logWasLost(name) : logWentBack(name, newest)));
                });
    }

    private String logWasLost(String name) {
        return "neither " + settings.catalogue().name(Topic.POLICY_VERSIONS) + " nor "
                + settings.catalogue().name(Topic.TRAINING_STEPS) + " contains a version of policy '"
                + settings.get(PolicySettings.NAME)
                + "': they belong to another run, or this run's log was lost. Version 0 was not published."
                + " Set another policy.checkpoints (and policy.baseModel to "
                + settings.get(PolicySettings.CHECKPOINTS).resolve(name)
                + " to continue from those weights), or restore the topics";
    }

    private String logWentBack(String name, long newest) {
        return settings.catalogue().name(Topic.POLICY_VERSIONS) + " and "
                + settings.catalogue().name(Topic.TRAINING_STEPS) + " contain policy '"
                + settings.get(PolicySettings.NAME) + "' up to version " + newest
                + " only: the end of the log was lost. Nothing was published or deleted."
                + " Restore the topics; or move the checkpoints after version " + newest
                + " to another directory to continue from version " + newest
                + "; or start a new run: set policy.baseModel to "
                + settings.get(PolicySettings.CHECKPOINTS).resolve(name)
                + ", and another topics.prefix and policy.checkpoints";
    }

    private Learner learner(CheckpointStore store, Optional<PolicyVersion> version) {
        Device device = TorchEngine.device(settings.get(PolicySettings.DEVICE));
        LearnerOptions options = settings.learnerOptions();
        Path base = settings.get(PolicySettings.BASE_MODEL);
        Policy reference = options.loss().klCoefficient() > 0 ? Policy.load(base, device) : null;
        if (version.isEmpty()) {
            Policy policy = Policy.load(base, device);
            checkLength(policy.config());
            publisher.publishBase(policy.config(), policy.tokenizer(), policy.snapshot());
            // Another policy's trainer may have started on this prefix at the same time.
            PrefixOwner.check(settings.cluster(), settings.get(PolicySettings.NAME));
            return new Learner(policy, reference, options);
        }
        PolicyVersion last = version.get();
        try {
            CheckpointContents contents =
                    CheckpointContents.read(store.open(last.getCheckpointUri(), last.getSha256()));
            checkLength(contents.config());
            return Learner.resume(contents, last.getVersion(), device, reference, options);
        } catch (CheckpointException e) {
            throw new CheckpointException(
                    "version " + last.getVersion() + " of policy '"
                            + settings.get(PolicySettings.NAME) + "' cannot be resumed from checkpoint "
                            + last.getCheckpointUri() + ": " + e.getMessage()
                            + ". Restore that checkpoint, or start a new run: set policy.baseModel to a"
                            + " complete"
                            + " checkpoint, and another topics.prefix and policy.checkpoints",
                    e);
        }
    }

    /** Otherwise no worker could complete a task, and no batch would ever fill. */
    private void checkLength(ModelConfig model) {
        int tokens = settings.get(SchedulerSettings.MAX_NEW_TOKENS);
        if (tokens >= model.maxPositions()) {
            throw new InvalidSettingException(
                    settings.config(),
                    SchedulerSettings.MAX_NEW_TOKENS,
                    "the model has " + model.maxPositions()
                            + " positions (max_position_embeddings) for prompt and completion together; lower it");
        }
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
        terminated.countDown();
    }

    /** A failed trainer never hands over the end marker. */
    private FinishedStep next(BlockingQueue<FinishedStep> finished) throws InterruptedException {
        FinishedStep step = null;
        while (step == null) {
            step = finished.poll(POLL_MS, TimeUnit.MILLISECONDS);
            if (step == null && (failure.get() != null || givenUp)) {
                return FinishedStep.end();
            }
        }
        return step;
    }

    private void run(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setUncaughtExceptionHandler((failed, exception) -> fail(failed.getName(), exception));
        threads.add(thread);
        thread.start();
    }

    private void fail(String thread, Throwable exception) {
        if (closing) {
            // Work interrupted by closing is expected to fail, and nothing is lost: it was not announced.
            LOG.info("{} abandons its work because the trainer is closing", thread, exception);
            givenUp = true;
        } else {
            LOG.error("{} failed; stopping the trainer", thread, exception);
            failure.compareAndSet(null, exception);
        }
        if (loop != null) {
            loop.abandon();
        }
        terminated.countDown();
    }

    /** The failure that stopped the trainer, if any; failures while closing are only logged. */
    @Override
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure.get());
    }

    /** Returns once trainer.maxSteps is reached, a thread has failed, or the trainer has been closed. */
    @Override
    public void awaitTermination() throws InterruptedException {
        terminated.await();
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
        boolean ended = awaitThreads(failure.get() == null ? closeLimit : FAILED_CLOSE_LIMIT);
        if (!ended) {
            givenUp = true;
            loop.abandon();
            // Threads that wait for an unreachable broker would otherwise block for minutes.
            threads.forEach(Thread::interrupt);
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
        long deadline = System.nanoTime() + limit.toNanos();
        boolean ended = true;
        try {
            for (Thread thread : threads) {
                thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
                if (thread.isAlive()) {
                    LOG.warn(
                            "{} is still running {} after the trainer was closed; its result will not be published",
                            thread.getName(),
                            limit);
                    ended = false;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        return ended;
    }
}
