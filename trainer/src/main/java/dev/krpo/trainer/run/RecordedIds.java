package dev.krpo.trainer.run;

import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.SampleRef;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.trainer.settings.TrainerSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the rolloutIds that the last steps trained from the log: only the last steps, and only the range of samples
 * that they used.
 */
final class RecordedIds {

    private static final Logger LOG = LoggerFactory.getLogger(RecordedIds.class);
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** A step is one record plus one transaction marker. */
    private static final int OFFSETS_OF_A_STEP = 2;

    private final TrainerSettings settings;
    private final RecordSerde<TrainingStep> stepSerde = RecordSerde.of(TrainingStep.class);
    private final RecordSerde<AdvantageSample> sampleSerde = RecordSerde.of(AdvantageSample.class);

    RecordedIds(TrainerSettings settings) {
        this.settings = settings;
    }

    /** The ids that the next step must not train again, as far as the log still has them. */
    TrainedIds read() {
        TrainedIds trained = new TrainedIds(settings.get(TrainerSettings.REMEMBERED_IDS));
        try (KafkaConsumer<byte[], byte[]> consumer = settings.cluster().consumer()) {
            List<TrainingStep> steps = lastSteps(consumer);
            Map<SampleRef, String> ids = ids(consumer, steps);
            steps.stream()
                    .flatMap(step -> step.getSamples().stream())
                    .map(ids::get)
                    .filter(Objects::nonNull)
                    .forEach(trained::add);
        } catch (TimeoutException e) {
            LOG.warn(
                    "the samples of the last steps could not be read within {}; a redelivered sample"
                            + " may be trained twice",
                    LIMIT,
                    e);
        }
        return trained;
    }

    private List<TrainingStep> lastSteps(KafkaConsumer<byte[], byte[]> consumer) {
        long wanted = settings.get(TrainerSettings.REMEMBERED_IDS) / settings.get(TrainerSettings.BATCH_SIZE) + 1L;
        List<TopicPartition> partitions = settings.catalogue().topicPartitions(Topic.TRAINING_STEPS);
        consumer.assign(partitions);
        Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(partitions, LIMIT);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, LIMIT);
        ends.forEach((partition, end) ->
                consumer.seek(partition, Math.max(beginnings.get(partition), end - OFFSETS_OF_A_STEP * wanted)));
        List<TrainingStep> steps = new ArrayList<>();
        CommittedRecords.readTo(consumer, ends, LIMIT, record -> {
            try {
                TrainingStep step = stepSerde.decode(record.value());
                if (step.getPolicyName().equals(settings.get(PolicySettings.NAME))) {
                    steps.add(step);
                }
            } catch (UndecodableRecordException e) {
                LOG.warn("skipped {}@{}: {}: {}", record.topic(), record.offset(), e.reason(), e.getMessage());
            }
        });
        return steps;
    }

    /** Covers only the samples that retention has left. */
    private Map<SampleRef, String> ids(KafkaConsumer<byte[], byte[]> consumer, List<TrainingStep> steps) {
        String topic = settings.catalogue().name(Topic.ADVANTAGES);
        Map<SampleRef, String> ids = new HashMap<>();
        Map<TopicPartition, Long> first = new HashMap<>();
        Map<TopicPartition, Long> ends = new HashMap<>();
        for (TrainingStep step : steps) {
            for (SampleRef sample : step.getSamples()) {
                ids.put(sample, null);
                TopicPartition partition = new TopicPartition(topic, sample.getPartition());
                first.merge(partition, sample.getOffset(), Math::min);
                ends.merge(partition, sample.getOffset() + 1, Math::max);
            }
        }
        consumer.assign(first.keySet());
        Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(first.keySet(), LIMIT);
        first.forEach((partition, offset) -> consumer.seek(partition, Math.max(offset, beginnings.get(partition))));
        CommittedRecords.readTo(consumer, ends, LIMIT, record -> remember(record, ids));
        return ids;
    }

    private void remember(ConsumerRecord<byte[], byte[]> record, Map<SampleRef, String> ids) {
        SampleRef ref = new SampleRef(record.partition(), record.offset());
        if (ids.containsKey(ref)) {
            try {
                ids.put(
                        ref,
                        sampleSerde.decodeRecorded(record.value()).getRollout().getRolloutId());
            } catch (UndecodableRecordException e) {
                LOG.warn("skipped {}-{}@{}: {}", record.topic(), record.partition(), record.offset(), e.getMessage());
            }
        }
    }
}
