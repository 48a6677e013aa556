package dev.krpo.trainer.run;

import dev.krpo.runtime.cluster.LostRecordsException;
import dev.krpo.runtime.rules.Rejection;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.trainer.deadletter.DeadLetterWriter;
import dev.krpo.trainer.settings.TrainerSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads {@code advantages} into a bounded queue; reading pauses while the queue is full. */
final class SampleReader implements Runnable, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SampleReader.class);

    private final TrainerSettings settings;
    private final BlockingQueue<Sample> queue;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final SampleRules rules;
    private final DeadLetterWriter deadLetters;
    private final RecordSerde<AdvantageSample> serde = RecordSerde.of(AdvantageSample.class);
    private final ConsumerGroupMetadata group;
    private volatile boolean running = true;

    /**
     * @param nextOffsets where to continue, by partition; partitions that it does not contain are read from the
     *     beginning
     */
    SampleReader(
            TrainerSettings settings,
            BlockingQueue<Sample> queue,
            Map<Integer, Long> nextOffsets,
            SampleRules rules,
            DeadLetterWriter deadLetters) {
        this.settings = settings;
        this.queue = queue;
        this.rules = rules;
        this.deadLetters = deadLetters;
        this.consumer = settings.cluster()
                .consumer(Map.of(
                        "group.id",
                        settings.catalogue().trainerId(settings.get(PolicySettings.NAME)),
                        "auto.offset.reset",
                        "none"));
        this.group = consumer.groupMetadata();
        String topic = settings.catalogue().name(Topic.ADVANTAGES);
        List<TopicPartition> partitions = settings.catalogue().topicPartitions(Topic.ADVANTAGES);
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        nextOffsets.forEach((partition, offset) -> consumer.seek(new TopicPartition(topic, partition), offset));
    }

    /** For the publisher's transactions; partitions are assigned manually, so it never changes. */
    ConsumerGroupMetadata groupMetadata() {
        return group;
    }

    @Override
    public void run() {
        try (consumer) {
            while (running) {
                for (ConsumerRecord<byte[], byte[]> record : poll()) {
                    Sample sample = read(record);
                    while (running && !queue.offer(sample, 200, TimeUnit.MILLISECONDS)) {
                        LOG.trace("the learner is busy");
                    }
                }
            }
        } catch (WakeupException e) {
            LOG.debug("stopping", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ConsumerRecords<byte[], byte[]> poll() {
        try {
            return consumer.poll(Duration.ofMillis(500));
        } catch (OffsetOutOfRangeException e) {
            Map<TopicPartition, Long> positions = e.offsetOutOfRangePartitions();
            Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(positions.keySet());
            if (!settings.catalogue().skipsLostRecords()) {
                throw new LostRecordsException("the trainer", positions, beginnings, e);
            }
            LOG.warn(
                    "{} were deleted before the trainer had read them and are skipped",
                    LostRecordsException.ranges(positions, beginnings));
            consumer.seekToBeginning(positions.keySet());
            return ConsumerRecords.empty();
        }
    }

    private Sample read(ConsumerRecord<byte[], byte[]> record) {
        try {
            AdvantageSample sample = serde.decode(record.value());
            if (!sample.getRollout().getPolicyName().equals(settings.get(PolicySettings.NAME))) {
                return Sample.unusable(record, Sample.OTHER_POLICY);
            }
            Optional<Rejection> broken = rules.firstBroken(sample);
            if (broken.isPresent()) {
                deadLetters.reject(record, broken.get().reason(), broken.get().detail());
                return Sample.rejected(record, sample);
            }
            return Sample.of(record, sample);
        } catch (UndecodableRecordException e) {
            deadLetters.reject(record, e.reason(), e.getMessage());
            return Sample.unusable(record, Sample.REJECTED);
        }
    }

    @Override
    public void close() {
        running = false;
        consumer.wakeup();
    }
}
