package dev.krpo.runtime.deadletters;

import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.serde.RecordLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

/** Redrives letters as they are read, holding at most one batch of them in memory. */
public final class Redriving implements AutoCloseable {

    private static final int BATCH_RECORDS = 500;
    private static final long BATCH_BYTES = 2L * RecordLimits.MAX_BYTES;

    private final TopicCatalogue topics;
    private final Consumer<String> stays;
    private final KafkaProducer<byte[], byte[]> producer;
    private final List<Future<RecordMetadata>> batch = new ArrayList<>();
    private long batchBytes;
    private long chosen;
    private long driven;

    /**
     * @param dryRun true to count without writing
     * @param stays called with each letter that cannot be redriven, and the reason
     */
    public Redriving(Cluster cluster, boolean dryRun, Consumer<String> stays) {
        this.topics = cluster.topics();
        this.stays = stays;
        producer = dryRun ? null : cluster.producer(Map.of());
    }

    /** @throws KafkaException if a record of the batch could not be written, with the number of those that were */
    public void drive(StoredLetter letter) {
        chosen++;
        try {
            ProducerRecord<byte[], byte[]> record = Redrive.record(letter, topics);
            if (producer == null) {
                driven++;
            } else {
                batch.add(producer.send(record));
                batchBytes += record.value().length;
            }
        } catch (NotRedrivableException e) {
            stays.accept(letter.name() + " stays: " + e.getMessage());
        }
        if (batch.size() >= BATCH_RECORDS || batchBytes >= BATCH_BYTES) {
            finish();
        }
    }

    /**
     * Returns once the brokers have acknowledged every record.
     *
     * @throws KafkaException as {@link #drive}
     */
    public void finish() {
        if (batch.isEmpty()) {
            return;
        }
        producer.flush();
        for (Future<RecordMetadata> sent : batch) {
            try {
                sent.get();
                driven++;
            } catch (ExecutionException e) {
                throw new KafkaException(
                        "a rejected record could not be redriven: "
                                + e.getCause().getMessage() + "; " + driven
                                + " were redriven before it. Run the same command again: redriving is idempotent",
                        e.getCause());
            } catch (InterruptedException e) {
                throw new InterruptException(e);
            }
        }
        batch.clear();
        batchBytes = 0;
    }

    /** Number of letters so far. */
    public long chosen() {
        return chosen;
    }

    /** Number of letters that were redriven, or would be in a dry run. */
    public long driven() {
        return driven;
    }

    @Override
    public void close() {
        if (producer != null) {
            producer.close();
        }
    }
}
