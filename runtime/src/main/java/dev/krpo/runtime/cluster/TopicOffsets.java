package dev.krpo.runtime.cluster;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
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
    public static Map<TopicPartition, Long> of(Admin admin, String topic, OffsetSpec spec) throws InterruptedException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        try {
            TopicDescription description =
                    admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
            Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
            description.partitions().forEach(info -> wanted.put(new TopicPartition(topic, info.partition()), spec));
            ListOffsetsOptions committed = new ListOffsetsOptions(IsolationLevel.READ_COMMITTED);
            for (Map.Entry<TopicPartition, ListOffsetsResultInfo> offset :
                    admin.listOffsets(wanted, committed).all().get().entrySet()) {
                offsets.put(offset.getKey(), offset.getValue().offset());
            }
        } catch (ExecutionException e) {
            throw new KafkaException("the offsets of topic " + topic + " cannot be read", e.getCause());
        }
        return offsets;
    }
}
