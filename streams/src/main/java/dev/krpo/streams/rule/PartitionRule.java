package dev.krpo.streams.rule;

import dev.krpo.runtime.rules.Rejection;
import java.util.Optional;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;

/**
 * A prompt's rollouts must be in the one partition that Kafka's own producer chooses. State belongs to a partition, so
 * elsewhere a repeat would count twice and the prompt would have two filters.
 *
 * @param partitions of the rollouts topic
 */
public record PartitionRule(int partitions) {

    /** @param key of the record, not null */
    public Optional<Rejection> broken(byte[] key, int partition) {
        int expected = partitionOf(key, partitions);
        return partition == expected
                ? Optional.empty()
                : Optional.of(new Rejection(
                        "wrong-partition",
                        "the record is in partition " + partition + ", but murmur2 of its key selects partition "
                                + expected + " of "
                                + partitions
                                + "; let the producer partition by murmur2, which is the default in Java and"
                                + " partitioner=murmur2_random in librdkafka (Python, Go, Node, C#); if"
                                + " the topic has another number of partitions, correct"
                                + " topics.partitions"));
    }

    /** The partition that Kafka's own producer chooses for the key. */
    public static int partitionOf(byte[] key, int partitions) {
        return BuiltInPartitioner.partitionForKey(key, partitions);
    }
}
