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

/** Where the partitions of a topic begin and end. */
public final class TopicOffsets {

    private TopicOffsets() {}

    /**
     * One offset for each partition, as a consumer sees it that reads committed records.
     *
     * @param spec which, such as {@link OffsetSpec#earliest}
     * @throws KafkaException if the topic is not there or the brokers do not answer
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
