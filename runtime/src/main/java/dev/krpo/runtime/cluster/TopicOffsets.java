package dev.krpo.runtime.cluster;

import dev.krpo.runtime.topic.AdminAnswer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** Start and end offsets of a topic's partitions. */
public final class TopicOffsets {

    private TopicOffsets() {}

    /**
     * One offset per partition, as seen by a consumer that reads committed records.
     *
     * @param spec which, such as {@link OffsetSpec#earliest}
     * @throws KafkaException if the topic does not exist or the brokers do not respond
     */
    public static Map<TopicPartition, Long> of(Admin admin, String topic, OffsetSpec spec) {
        String failed = "the offsets of topic " + topic + " cannot be read";
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        AdminAnswer.await(admin.describeTopics(List.of(topic)).allTopicNames(), failed)
                .get(topic)
                .partitions()
                .forEach(info -> wanted.put(new TopicPartition(topic, info.partition()), spec));
        ListOffsetsOptions committed = new ListOffsetsOptions(IsolationLevel.READ_COMMITTED);
        Map<TopicPartition, Long> offsets = new HashMap<>();
        AdminAnswer.await(admin.listOffsets(wanted, committed).all(), failed)
                .forEach((partition, info) -> offsets.put(partition, info.offset()));
        return offsets;
    }
}
