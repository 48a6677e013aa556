package dev.krpo.runtime.cluster;

import java.util.Comparator;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;

/** Retention deleted records before a role had read them; the message names the offsets and the remedy. */
public final class LostRecordsException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * @param reader the role, such as "the trainer"
     * @param positions next offsets to read, by partition of one topic
     * @param beginnings the first remaining offsets in these partitions
     */
    public LostRecordsException(
            String reader, Map<TopicPartition, Long> positions, Map<TopicPartition, Long> beginnings, Throwable cause) {
        super(
                ranges(positions, beginnings) + " were deleted before " + reader
                        + " had read them. Raise topics.retentionMs and retention.ms of the topic, or avoid"
                        + " pausing " + reader + " for so long; to continue without these records, set"
                        + " topics.onLostRecords to skip",
                cause);
    }

    /** Describes the deleted offsets. */
    public static String ranges(Map<TopicPartition, Long> positions, Map<TopicPartition, Long> beginnings) {
        return positions.entrySet().stream()
                .sorted(Comparator.comparing(lost -> lost.getKey().partition()))
                .map(lost -> range(lost.getKey(), lost.getValue(), beginnings.get(lost.getKey())))
                .collect(Collectors.joining(", "));
    }

    private static String range(TopicPartition partition, long position, long beginning) {
        return position < beginning
                ? "offsets " + position + " to " + (beginning - 1) + " of " + partition
                : "all offsets before " + position + " of " + partition;
    }
}
