package dev.krpo.trainer.replay;

import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.SampleRef;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.trainer.run.Sample;
import dev.krpo.trainer.settings.TrainerSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** The samples of recorded steps, read once from front to back. Not thread-safe. */
final class RecordedSamples implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final String topic;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final RecordSerde<AdvantageSample> serde = RecordSerde.of(AdvantageSample.class);
    private final Map<SampleRef, ConsumerRecord<byte[], byte[]>> waiting = new HashMap<>();

    /**
     * @param steps whose samples will be requested, in this order
     * @throws ReplayException if retention has deleted some of them
     */
    RecordedSamples(TrainerSettings settings, Collection<TrainingStep> steps) {
        SortedMap<Integer, Long> firstOffsets = firstOffsets(steps);
        topic = settings.catalogue().name(Topic.ADVANTAGES);
        consumer = settings.cluster().consumer();
        List<TopicPartition> partitions = firstOffsets.keySet().stream()
                .map(partition -> new TopicPartition(topic, partition))
                .toList();
        consumer.assign(partitions);
        Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(partitions, LIMIT);
        for (TopicPartition partition : partitions) {
            long first = firstOffsets.get(partition.partition());
            if (beginnings.get(partition) > first) {
                consumer.close();
                throw new ReplayException("some samples have been deleted: " + partition + " begins at offset "
                        + beginnings.get(partition) + " and the first step needs " + first
                        + "; replay from a later version with --from, and keep " + topic + " longer next time");
            }
            consumer.seek(partition, first);
        }
    }

    /** The first offset of {@code advantages} that the steps need, by partition. */
    static SortedMap<Integer, Long> firstOffsets(Collection<TrainingStep> steps) {
        SortedMap<Integer, Long> first = new TreeMap<>();
        for (TrainingStep step : steps) {
            for (SampleRef sample : step.getSamples()) {
                first.merge(sample.getPartition(), sample.getOffset(), Math::min);
            }
        }
        return first;
    }

    /** The samples of the next step, in the order in which it used them. */
    List<Sample> of(TrainingStep step) {
        List<SampleRef> wanted = step.getSamples();
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!waiting.keySet().containsAll(wanted)) {
            if (System.nanoTime() > deadline) {
                throw new ReplayException("the samples of version " + step.getVersionAfter() + " did not arrive from "
                        + topic + " within " + LIMIT);
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                waiting.put(new SampleRef(record.partition(), record.offset()), record);
            }
        }
        List<Sample> samples = new ArrayList<>(wanted.size());
        for (SampleRef ref : wanted) {
            samples.add(sample(waiting.remove(ref)));
        }
        Map<Integer, Long> next = new HashMap<>();
        step.getNextOffsets().forEach(offset -> next.put(offset.getPartition(), offset.getOffset()));
        // Records that the step skipped were dropped and are never requested.
        waiting.keySet().removeIf(ref -> ref.getOffset() < next.getOrDefault(ref.getPartition(), 0L));
        return samples;
    }

    private Sample sample(ConsumerRecord<byte[], byte[]> record) {
        try {
            return Sample.of(record, serde.decodeRecorded(record.value()));
        } catch (UndecodableRecordException e) {
            throw new ReplayException("the sample at " + topic + "-" + record.partition() + "@" + record.offset()
                    + " cannot be read: " + e.getMessage() + "; replay from a later version with --from");
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
