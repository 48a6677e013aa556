package dev.krpo.cli;

import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.settings.KafkaSettings;
import dev.krpo.schemas.settings.TopicSettings;
import dev.krpo.schemas.topic.Topic;
import dev.krpo.schemas.topic.TopicCatalogue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringSerializer;

/** Writes prompts to their topic. */
public final class PromptLoader {

    private PromptLoader() {}

    /** Returns when the broker has all of them. */
    public static void load(Map<String, String> config, List<Prompt> prompts) throws InterruptedException {
        String topic = new TopicCatalogue(new TopicSettings(config)).name(Topic.PROMPTS);
        try (KafkaProducer<String, Prompt> producer = new KafkaProducer<>(
                new KafkaSettings(config).client(Map.of("acks", "all", "linger.ms", "5")),
                new StringSerializer(),
                RecordSerde.of(Prompt.class).serializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (Prompt prompt : prompts) {
                sent.add(producer.send(new ProducerRecord<>(topic, prompt.getPromptId(), prompt)));
            }
            producer.flush();
            for (Future<RecordMetadata> future : sent) {
                future.get();
            }
        } catch (ExecutionException e) {
            throw new KafkaException("loading prompts failed: " + e.getCause().getMessage(), e.getCause());
        }
    }
}
