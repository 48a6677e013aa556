package dev.krpo.cli.quickstart;

import ai.djl.Device;
import dev.krpo.pipeline.report.Accuracy;
import dev.krpo.pipeline.report.RunStatistics;
import dev.krpo.policy.Policy;
import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.policy.checkpoint.CheckpointStores;
import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.settings.Config;
import dev.krpo.worker.environment.Environment;
import dev.krpo.worker.environment.Environments;
import dev.krpo.worker.environment.UnscoredException;
import dev.krpo.worker.evaluate.Evaluation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows a run through its topics and periodically measures the newest version on held-out questions. */
final class RunMonitor implements Runnable, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RunMonitor.class);
    private static final long EVALUATION_MS = 10_000;
    private static final int EVALUATION_QUESTIONS = 200;

    private final TopicCatalogue catalogue;
    private final CheckpointStore store;
    private final Config config;
    private final List<Prompt> heldOut;
    private final int maxNewTokens;
    private final RunStatistics statistics;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final RecordSerde<Rollout> rollouts = RecordSerde.of(Rollout.class);
    private final RecordSerde<TrainingStep> steps = RecordSerde.of(TrainingStep.class);
    private final RecordSerde<PolicyVersion> versions = RecordSerde.of(PolicyVersion.class);
    private final Thread thread = new Thread(this, "run-monitor");
    private volatile PolicyVersion newest;
    private volatile boolean running = true;

    RunMonitor(Config config, List<Prompt> heldOut, int maxNewTokens, RunStatistics statistics) {
        Cluster cluster = Cluster.of(config);
        this.catalogue = cluster.topics();
        this.store = CheckpointStores.of(config, PolicySettings.CHECKPOINTS);
        this.config = config;
        this.heldOut = heldOut;
        this.maxNewTokens = maxNewTokens;
        this.statistics = statistics;
        this.consumer = cluster.consumer();
    }

    void start() {
        List<TopicPartition> partitions = new ArrayList<>();
        for (Topic topic : List.of(Topic.ROLLOUTS, Topic.TRAINING_STEPS, Topic.POLICY_VERSIONS)) {
            partitions.addAll(catalogue.topicPartitions(topic));
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        thread.start();
    }

    @Override
    public void run() {
        long evaluatedMs = System.currentTimeMillis();
        try (consumer) {
            while (running) {
                consumer.poll(Duration.ofMillis(200)).forEach(this::apply);
                long nowMs = System.currentTimeMillis();
                if (nowMs - evaluatedMs >= EVALUATION_MS) {
                    evaluatedMs = nowMs;
                    evaluate(heldOut.subList(0, Math.min(heldOut.size(), EVALUATION_QUESTIONS)));
                }
            }
        } catch (WakeupException e) {
            LOG.debug("stopping", e);
        }
    }

    private void apply(ConsumerRecord<byte[], byte[]> record) {
        try {
            decode(record);
        } catch (UndecodableRecordException e) {
            LOG.info("{}-{}@{} is not counted", record.topic(), record.partition(), record.offset(), e);
        }
    }

    private void decode(ConsumerRecord<byte[], byte[]> record) {
        if (record.topic().equals(catalogue.name(Topic.ROLLOUTS))) {
            statistics.add(rollouts.decode(record.value()));
        } else if (record.topic().equals(catalogue.name(Topic.TRAINING_STEPS))) {
            statistics.add(steps.decode(record.value()));
        } else {
            newest = versions.decode(record.value());
        }
    }

    /** Measures the accuracy of the newest version; skips one that is pruned meanwhile or cannot be scored. */
    private void evaluate(List<Prompt> questions) {
        PolicyVersion version = newest;
        if (version == null) {
            return;
        }
        try {
            evaluate(version, questions);
        } catch (CheckpointException e) {
            LOG.info("version {} was not measured", version.getVersion(), e);
        } catch (UnscoredException e) {
            LOG.warn("version {} was not measured", version.getVersion(), e);
        }
    }

    private double evaluate(PolicyVersion version, List<Prompt> questions) {
        Path directory = store.open(version.getCheckpointUri(), version.getSha256());
        try (Policy policy = Policy.load(directory, Device.cpu());
                Environment environment = Environments.of(config)) {
            double accuracy = Evaluation.greedy(policy, questions, maxNewTokens, environment)
                    .meanReward();
            statistics.add(new Accuracy(System.currentTimeMillis(), version.getVersion(), accuracy));
            return accuracy;
        }
    }

    /** Accuracy of the last version on all questions; called after {@link #close()}. */
    double finalAccuracy() {
        return newest == null ? Double.NaN : evaluate(newest, heldOut);
    }

    /** Briefly reads the remaining records, then stops. */
    @Override
    public void close() {
        running = false;
        try {
            thread.join(Duration.ofSeconds(20).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
