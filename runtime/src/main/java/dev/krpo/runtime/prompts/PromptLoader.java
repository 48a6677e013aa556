package dev.krpo.runtime.prompts;

import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
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

/** Writes prompts to their topic, keyed by id; the newest record per id wins. */
public final class PromptLoader {

    private PromptLoader() {}

    /**
     * Returns once the brokers have acknowledged every prompt.
     *
     * @throws dev.krpo.runtime.cluster.BrokerUnavailableException if no broker answers in time
     * @throws dev.krpo.runtime.topic.TopicsNotReadyException if the topics do not match the configuration
     * @throws KafkaException if a prompt could not be written
     */
    public static void load(Config config, List<Prompt> prompts) throws InterruptedException {
        Cluster cluster = Cluster.of(config);
        cluster.check();
        String topic = cluster.name(Topic.PROMPTS);
        List<Future<RecordMetadata>> written = new ArrayList<>(prompts.size());
        try (KafkaProducer<String, Prompt> producer = new KafkaProducer<>(
                cluster.kafka()
                        .client(Map.of(
                                "acks",
                                "all",
                                "enable.idempotence",
                                "true",
                                "linger.ms",
                                "20",
                                "max.request.size",
                                RecordLimits.MAX_BYTES)),
                new StringSerializer(),
                RecordSerde.of(Prompt.class).serializer())) {
            for (Prompt prompt : prompts) {
                written.add(producer.send(new ProducerRecord<>(topic, prompt.getPromptId(), prompt)));
            }
            producer.flush();
            for (Future<RecordMetadata> one : written) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new KafkaException(
                    "not every prompt could be written to " + topic + ": "
                            + e.getCause().getMessage() + "; load the file again, which does not affect the"
                            + " prompts already written",
                    e.getCause());
        }
    }
}
