package dev.krpo.trainer;

import ai.djl.Device;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.model.ModelConfig;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.kafka.BrokerConnection;
import dev.krpo.schemas.kafka.BrokerWatch;
import dev.krpo.schemas.kafka.KafkaTable;
import dev.krpo.schemas.kafka.Role;
import dev.krpo.schemas.rules.BehaviourRules;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.settings.RolloutSettings;
import dev.krpo.schemas.topic.Topic;
import dev.krpo.trainer.learner.Learner;
import dev.krpo.trainer.learner.LearnerOptions;
import dev.krpo.trainer.schedule.Demand;
import dev.krpo.trainer.schedule.MonotonicClock;
import dev.krpo.trainer.schedule.Scheduler;
import dev.krpo.trainer.settings.TrainerSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains one policy: scheduler, sample reader, learner and publisher, each on its own thread with bounded queues between
 * them. Starts from the last published version, or from the base model when there is none.
 */
public final class Trainer implements Role {

    private static final Logger LOG = LoggerFactory.getLogger(Trainer.class);
    private static final Duration READ_LIMIT = Duration.ofMinutes(2);
    private static final long CLOSE_TIMEOUT_MS = 15_000;

    private final TrainerSettings settings;
    private final Backends backends;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final CountDownLatch terminated = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();
    private final TrainerProgress progress = new TrainerProgress();
    private BrokerWatch watch;
    private TrainerLease lease;
    private Publisher publisher;
    private DeadLetterWriter deadLetters;
    private SampleReader reader;
    private MissingSamples missing;
    private Scheduler scheduler;
    private volatile LearnerLoop loop;

    public Trainer(Map<String, String> config) {
        this(config, Backends.REAL);
    }

    Trainer(Map<String, String> config, Backends backends) {
        this.backends = backends;
        settings = new TrainerSettings(config);
        TorchEngine.configure(settings.policy().threads());
    }

    /**
     * @throws dev.krpo.schemas.kafka.BrokerUnavailableException if no broker answers
     * @throws dev.krpo.schemas.topic.TopicsNotReadyException if topics are missing or have the wrong partition count
     * @throws IllegalStateException if another trainer of the policy is running
     * @throws CheckpointException if the checkpoint to start from cannot be used
     */
    @Override
    public void start() {
        try (Admin admin = BrokerConnection.await(settings.kafka())) {
            settings.catalogue().check(admin);
        }
        watch = BrokerWatch.start(settings.kafka(), "trainer", exception -> fail("krpo-broker-watch", exception));
        lease = TrainerLease.acquire(settings, exception -> fail("trainer-lease", exception));
        // Opening transactions first ends those of a trainer that died, so that what is read next is final.
        publisher = new Publisher(settings, backends);
        Optional<PolicyVersion> version = last(Topic.POLICY_VERSIONS, RecordSerde.of(PolicyVersion.class));
        Optional<TrainingStep> step = last(Topic.TRAINING_STEPS, RecordSerde.of(TrainingStep.class));
        Learner learner = learner(version);
        Map<Integer, Long> nextOffsets = new HashMap<>();
        step.ifPresent(
                done -> done.getNextOffsets().forEach(next -> nextOffsets.put(next.getPartition(), next.getOffset())));
        BlockingQueue<Sample> samples = new ArrayBlockingQueue<>(2 * settings.batchSize());
        BlockingQueue<FinishedStep> finished = new ArrayBlockingQueue<>(2);
        SampleRules rules = new SampleRules(
                learner.policy().config(), new BehaviourRules(new RolloutSettings(settings.originals()).minLogProb()));
        deadLetters = new DeadLetterWriter(settings);
        reader = new SampleReader(settings, samples, nextOffsets, rules, deadLetters);

        long nextSequence = nextSequence();
        long consumed = step.map(done -> done.getSamplesTrained() + done.getSamplesDropped())
                .orElse(0L);
        long limit = (long) settings.scheduler().batchesInFlight() * settings.batchSize();
        long inherited =
                Math.min(limit, Math.max(0, nextSequence * settings.scheduler().groupSize() - consumed));
        Demand demand = new Demand(limit, settings.scheduler().taskTimeoutMs(), inherited, MonotonicClock.millis());
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
                step);
        scheduler = new Scheduler(settings, demand, loop::version, lease::isHeld, nextSequence);
        missing = new MissingSamples(settings, demand, scheduler::unusable);

        LOG.info("training policy {} from version {}", settings.policy().name(), loop.version());
        run("trainer-scheduler", scheduler);
        run("trainer-missing-samples", missing);
        run("trainer-reader", reader);
        run("trainer-learner", loop);
        run("trainer-publisher", () -> publish(learner, finished));
    }

    private Learner learner(Optional<PolicyVersion> version) {
        Device device = TorchEngine.device(settings.policy().device());
        LearnerOptions options = settings.learnerOptions();
        Path base = settings.policy().baseModel();
        Policy reference = options.loss().klCoefficient() > 0 ? Policy.load(base, device) : null;
        if (version.isEmpty()) {
            Policy policy = Policy.load(base, device);
            checkLength(policy.config());
            publisher.publishBase(policy.config(), policy.tokenizer(), policy.snapshot());
            return new Learner(policy, reference, options);
        }
        Path directory = new DirectoryCheckpointStore(settings.policy().checkpoints())
                .open(version.get().getCheckpointUri(), version.get().getSha256());
        CheckpointContents contents = CheckpointContents.read(directory);
        checkLength(contents.config());
        return Learner.resume(contents, version.get().getVersion(), device, reference, options);
    }

    /** No worker could do a task, and no batch would ever be whole. */
    private void checkLength(ModelConfig model) {
        int tokens = settings.scheduler().maxNewTokens();
        if (tokens >= model.maxPositions()) {
            throw new ConfigException(
                    "scheduler.maxNewTokens",
                    tokens,
                    "the model has " + model.maxPositions()
                            + " positions (max_position_embeddings) for prompt and completion together; lower it");
        }
    }

    private <V extends org.apache.avro.specific.SpecificRecordBase> Optional<V> last(
            Topic topic, RecordSerde<V> serde) {
        try (KafkaTable<V> table =
                new KafkaTable<>(settings.kafka(), settings.catalogue().name(topic), serde)) {
            table.catchUp();
            return table.get(settings.policy().name());
        }
    }

    /** One past the highest sequence in {@code rollout-tasks}: a task id is never used twice. */
    private long nextSequence() {
        try (KafkaTable<RolloutTask> tasks = new KafkaTable<>(
                settings.kafka(), settings.catalogue().name(Topic.ROLLOUT_TASKS), RecordSerde.of(RolloutTask.class))) {
            tasks.catchUp(READ_LIMIT);
            return tasks.entries().values().stream()
                    .filter(task ->
                            task.getPolicyName().equals(settings.policy().name()))
                    .mapToLong(task -> task.getSequence() + 1)
                    .max()
                    .orElse(0);
        }
    }

    private void publish(Learner learner, BlockingQueue<FinishedStep> finished) {
        try {
            for (FinishedStep step = finished.take(); !step.isEnd(); step = finished.take()) {
                publisher.publish(
                        step, learner.policy().config(), learner.policy().tokenizer(), reader.groupMetadata());
                LOG.info("published policy version {}", step.step().getVersionAfter());
                progress.add(step.step());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // Not in a finally block: whoever waits must find the failure that came before.
        loop.stop();
        terminated.countDown();
    }

    private void run(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setUncaughtExceptionHandler((failed, exception) -> fail(failed.getName(), exception));
        threads.add(thread);
        thread.start();
    }

    private void fail(String thread, Throwable exception) {
        LOG.error("{} stops the trainer", thread, exception);
        failure.compareAndSet(null, exception);
        if (loop != null) {
            loop.abandon();
        }
        terminated.countDown();
    }

    /** What stopped it, if something did. */
    @Override
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure.get());
    }

    /** Returns when trainer.maxSteps is reached, something failed, or the trainer was closed. */
    @Override
    public void awaitTermination() throws InterruptedException {
        terminated.await();
    }

    @Override
    public Optional<String> progress() {
        return progress.take();
    }

    /** Finishes and publishes the step in hand. */
    @Override
    public void close() {
        if (watch != null) {
            watch.close();
        }
        if (failure.get() != null) {
            // What waits for a broker that is away would do so for minutes.
            threads.forEach(Thread::interrupt);
        }
        if (loop != null) {
            loop.stop();
            scheduler.close();
            reader.close();
            missing.close();
            for (Thread thread : threads) {
                try {
                    thread.join(CLOSE_TIMEOUT_MS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            loop.close();
        }
        if (deadLetters != null) {
            deadLetters.close();
        }
        if (publisher != null) {
            publisher.close();
        }
        if (lease != null) {
            lease.close();
        }
    }
}
