package dev.krpo.cli;

import dev.krpo.cli.config.ConfigOptions;
import dev.krpo.schemas.KalmanState;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.kafka.BrokerConnection;
import dev.krpo.schemas.kafka.KafkaTable;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.settings.KafkaSettings;
import dev.krpo.schemas.settings.PolicySettings;
import dev.krpo.schemas.settings.TopicSettings;
import dev.krpo.schemas.topic.Topic;
import dev.krpo.schemas.topic.TopicCatalogue;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code krpo inspect}: what the log says of a run. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description = "Shows what the log says: a prompt's filter, the last rollouts, steps and versions, and lag.",
        footer = {"", "Example: krpo inspect steps --last 5 --bootstrap-servers broker:9092"})
final class InspectCommand {

    private static final Duration LIMIT = Duration.ofMinutes(1);

    @Command(name = "prompt", mixinStandardHelpOptions = true, description = "The Kalman filter of a prompt.")
    int prompt(@Mixin ConfigOptions options, @Parameters(paramLabel = "PROMPT_ID") String promptId) {
        Map<String, String> config = options.load();
        String topic = catalogue(config).name(Topic.BASELINES);
        try (KafkaTable<KalmanState> table =
                new KafkaTable<>(kafka(config), topic, RecordSerde.of(KalmanState.class))) {
            table.catchUp(LIMIT);
            KalmanState state = table.get(promptId)
                    .orElseThrow(() -> new UsageException("prompt " + promptId + " is not in " + topic
                            + ": it was not asked yet, or the estimator keeps no state"));
            System.out.printf(
                    "prompt %s (dataset %s)%nmean %.4f, variance %.6f, %d observations, newest of version %d%n",
                    promptId,
                    state.getDataset(),
                    state.getMean(),
                    state.getVariance(),
                    state.getObservations(),
                    state.getPolicyVersion());
        }
        return 0;
    }

    @Command(name = "rollouts", mixinStandardHelpOptions = true, description = "The last rollouts.")
    int rollouts(@Mixin ConfigOptions options, @Option(names = "--last", defaultValue = "10") int last) {
        show(
                options.load(),
                Topic.ROLLOUTS,
                Rollout.class,
                last,
                rollout -> System.out.printf(
                        "%s  reward %.2f  version %d  \"%s\"%n",
                        rollout.getRolloutId(),
                        rollout.getReward(),
                        rollout.getVersionRuns().get(0).getPolicyVersion(),
                        rollout.getText()));
        return 0;
    }

    @Command(name = "steps", mixinStandardHelpOptions = true, description = "The last training steps.")
    int steps(@Mixin ConfigOptions options, @Option(names = "--last", defaultValue = "10") int last) {
        show(
                options.load(),
                Topic.TRAINING_STEPS,
                TrainingStep.class,
                last,
                step -> System.out.printf(
                        "step %d  reward %.3f  loss %.4f  kl %.4f  gradient norm %.3f  clipped %.1f %%  staleness %.2f (max %d)%n",
                        step.getStep(),
                        step.getRewardMean(),
                        step.getLoss(),
                        step.getKl(),
                        step.getGradientNorm(),
                        100 * step.getClipFraction(),
                        step.getStalenessMean(),
                        step.getStalenessMax()));
        return 0;
    }

    @Command(name = "versions", mixinStandardHelpOptions = true, description = "The last policy versions.")
    int versions(@Mixin ConfigOptions options, @Option(names = "--last", defaultValue = "10") int last) {
        show(
                options.load(),
                Topic.POLICY_VERSIONS,
                PolicyVersion.class,
                last,
                version -> System.out.printf(
                        "version %d  %s  sha256 %s  %d bytes%n",
                        version.getVersion(), version.getCheckpointUri(), version.getSha256(), version.getSizeBytes()));
        return 0;
    }

    @Command(
            name = "lag",
            mixinStandardHelpOptions = true,
            description = "Records that the topology and the trainer have not taken yet.")
    int lag(@Mixin ConfigOptions options) throws ExecutionException, InterruptedException {
        Map<String, String> config = options.load();
        TopicCatalogue catalogue = catalogue(config);
        try (Admin admin = BrokerConnection.await(kafka(config))) {
            String prefix = new TopicSettings(config).prefix();
            lag(admin, "topology", prefix + "-streams", catalogue, Topic.ROLLOUTS);
            lag(admin, "trainer", catalogue.trainerId(new PolicySettings(config).name()), catalogue, Topic.ADVANTAGES);
        }
        return 0;
    }

    private static void lag(Admin admin, String role, String group, TopicCatalogue catalogue, Topic topic)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        for (int partition = 0; partition < catalogue.partitions(topic); partition++) {
            latest.put(new TopicPartition(catalogue.name(topic), partition), OffsetSpec.latest());
        }
        Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get();
        long lag = 0;
        for (var end : admin.listOffsets(latest).all().get().entrySet()) {
            OffsetAndMetadata offset = committed.get(end.getKey());
            lag += end.getValue().offset() - (offset == null ? 0 : offset.offset());
        }
        System.out.printf("%s: %d records of %s not taken yet%n", role, lag, catalogue.name(topic));
    }

    private static <T extends SpecificRecordBase> void show(
            Map<String, String> config, Topic topic, Class<T> type, int last, Consumer<T> print) {
        RecordSerde<T> serde = RecordSerde.of(type);
        TopicCatalogue catalogue = catalogue(config);
        Deque<ConsumerRecord<byte[], byte[]>> newest = new ArrayDeque<>();
        BrokerConnection.await(kafka(config)).close();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                kafka(config).client(Map.of("isolation.level", "read_committed", "enable.auto.commit", "false")),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            for (int partition = 0; partition < catalogue.partitions(topic); partition++) {
                TopicPartition source = new TopicPartition(catalogue.name(topic), partition);
                consumer.assign(List.of(source));
                long end = consumer.endOffsets(List.of(source)).get(source);
                long begin = consumer.beginningOffsets(List.of(source)).get(source);
                // A transaction leaves a marker behind each record at worst.
                consumer.seek(source, Math.max(begin, end - 2L * last));
                while (consumer.position(source) < end) {
                    consumer.poll(Duration.ofMillis(200)).forEach(newest::addLast);
                }
            }
        }
        newest.stream()
                .sorted((left, right) -> Long.compare(left.timestamp(), right.timestamp()))
                .skip(Math.max(0, newest.size() - last))
                .forEach(record -> print.accept(serde.decode(record.value())));
    }

    private static KafkaSettings kafka(Map<String, String> config) {
        return new KafkaSettings(config);
    }

    private static TopicCatalogue catalogue(Map<String, String> config) {
        return new TopicCatalogue(new TopicSettings(config));
    }
}
