package dev.krpo.trainer;

import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.serde.DeadLetters;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.schemas.topic.Topic;
import dev.krpo.trainer.settings.TrainerSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads {@code advantages} into a bounded queue; a full queue stops the reading. */
final class SampleReader implements Runnable, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SampleReader.class);

    private final TrainerSettings settings;
    private final BlockingQueue<Sample> queue;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final KafkaProducer<byte[], byte[]> deadLetters;
    private final RecordSerde<AdvantageSample> serde = RecordSerde.of(AdvantageSample.class);
    private final RecordSerde<DeadLetter> letterSerde = RecordSerde.of(DeadLetter.class);
    private final ConsumerGroupMetadata group;
    private volatile boolean running = true;

    /** @param nextOffsets where to read on, by partition; partitions that are not in it are read from the beginning */
    SampleReader(TrainerSettings settings, BlockingQueue<Sample> queue, Map<Integer, Long> nextOffsets) {
        this.settings = settings;
        this.queue = queue;
        this.consumer = new KafkaConsumer<>(
                settings.kafka()
                        .client(Map.of(
                                "group.id",
                                        settings.catalogue()
                                                .trainerId(settings.policy().name()),
                                "isolation.level", "read_committed",
                                "enable.auto.commit", "false",
                                "auto.offset.reset", "none")),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        this.deadLetters = new KafkaProducer<>(
                settings.kafka().client(Map.of("acks", "all")), new ByteArraySerializer(), new ByteArraySerializer());
        this.group = consumer.groupMetadata();
        String topic = settings.catalogue().name(Topic.ADVANTAGES);
        List<TopicPartition> partitions = IntStream.range(
                        0, settings.catalogue().partitions(Topic.ADVANTAGES))
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        nextOffsets.forEach((partition, offset) -> consumer.seek(new TopicPartition(topic, partition), offset));
    }

    /** For the publisher's transactions; partitions are assigned by hand, so it never changes. */
    ConsumerGroupMetadata groupMetadata() {
        return group;
    }

    @Override
    public void run() {
        try (consumer;
                deadLetters) {
            while (running) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
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

    private Sample read(ConsumerRecord<byte[], byte[]> record) {
        try {
            AdvantageSample sample = serde.decode(record.value());
            if (!sample.getRollout().getPolicyName().equals(settings.policy().name())) {
                return Sample.unusable(record.partition(), record.offset(), Sample.OTHER_POLICY);
            }
            if (!Double.isFinite(sample.getAdvantage())) {
                refuse(
                        record,
                        "advantage-not-finite",
                        "advantage is " + sample.getAdvantage() + " in sample of rollout "
                                + sample.getRollout().getRolloutId());
                return Sample.unusable(record.partition(), record.offset(), Sample.REFUSED);
            }
            if (sample.getRollout().getCompletionTokens().isEmpty()
                    || sample.getRollout().getPromptTokens().isEmpty()
                    || sample.getRollout().getVersionRuns().isEmpty()
                    || sample.getRollout().getCompletionTokens().size()
                            != sample.getRollout().getBehaviourLogProbs().size()) {
                refuse(
                        record,
                        "array-lengths-differ",
                        "promptTokens, versionRuns and completionTokens must not be empty and"
                                + " behaviourLogProbs must be as long as completionTokens, in rollout "
                                + sample.getRollout().getRolloutId());
                return Sample.unusable(record.partition(), record.offset(), Sample.REFUSED);
            }
            return Sample.of(record.partition(), record.offset(), sample);
        } catch (UndecodableRecordException e) {
            refuse(record, e.reason(), e.getMessage());
            return Sample.unusable(record.partition(), record.offset(), Sample.REFUSED);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private void refuse(ConsumerRecord<byte[], byte[]> record, String reason, String detail) {
        LOG.warn(
                "{}-{}@{} goes to dead-letters: {}: {}",
                record.topic(),
                record.partition(),
                record.offset(),
                reason,
                detail);
        byte[] letter = letterSerde.encode(DeadLetters.letter(record, reason, detail, "trainer"));
        deadLetters.send(
                new ProducerRecord<>(settings.catalogue().name(Topic.DEAD_LETTERS), record.key(), letter),
                (metadata, exception) -> {
                    if (exception != null) {
                        LOG.error("a record did not reach dead-letters", exception);
                    }
                });
    }

    @Override
    public void close() {
        running = false;
        consumer.wakeup();
    }
}
