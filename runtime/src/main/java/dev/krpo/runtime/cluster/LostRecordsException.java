package dev.krpo.runtime.cluster;

import java.util.Comparator;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/** Retention deleted records before a role had read them; the message names them and the remedy. */
public final class LostRecordsException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * @param reader the role, such as "the trainer"
     * @param positions where it wanted to read on, by partition of one topic
     * @param beginnings the first offsets that are left in these partitions
     */
    public LostRecordsException(
            String reader, Map<TopicPartition, Long> positions, Map<TopicPartition, Long> beginnings, Throwable cause) {
        super(
                ranges(positions, beginnings) + " were deleted before " + reader
                        + " had read them. Raise topics.retentionMs and retention.ms of the topic, or run " + reader
                        + " without such long pauses; to continue without these records set topics.onLostRecords"
                        + " to skip",
                cause);
    }

    /** The offsets that are gone, in words. */
    public static String ranges(Map<TopicPartition, Long> positions, Map<TopicPartition, Long> beginnings) {
        return positions.entrySet().stream()
                .sorted(Comparator.comparing(lost -> lost.getKey().partition()))
                .map(lost -> range(lost.getKey(), lost.getValue(), beginnings.get(lost.getKey())))
                .collect(Collectors.joining(", "));
    }

    private static String range(TopicPartition partition, long position, long beginning) {
        return position < beginning
                ? "offsets " + position + " to " + (beginning - 1) + " of " + partition
                : "what lay before offset " + position + " of " + partition;
    }
}
