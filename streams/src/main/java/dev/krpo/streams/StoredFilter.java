package dev.krpo.streams;

import dev.krpo.schemas.KalmanState;
import dev.krpo.streams.estimator.Filter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/**
 * A filter as the stores keep it: 41 bytes and the dataset's name, because it is read and written for every rollout. Only a
 * filter that adapts its observation noise takes the second format, which has eight bytes more.
 *
 * @param filter of a prompt or of a dataset
 * @param dataset the dataset's name
 * @param updatedAtMs stream time of the last update
 */
record StoredFilter(Filter filter, String dataset, long updatedAtMs) {

    private static final byte PLAIN = 1;
    private static final byte ADAPTED = 2;
    private static final int PLAIN_BYTES = 1 + 5 * Long.BYTES;
    private static final int ADAPTED_BYTES = PLAIN_BYTES + Double.BYTES;

    static Serde<StoredFilter> serde() {
        return Serdes.serdeFrom(
                (topic, stored) -> stored == null ? null : stored.toBytes(),
                (topic, bytes) -> bytes == null ? null : fromBytes(bytes));
    }

    KalmanState toRecord(String promptId) {
        return new KalmanState(
                promptId,
                dataset,
                filter.mean(),
                filter.variance(),
                filter.observations(),
                filter.policyVersion(),
                updatedAtMs,
                filter.adaptedNoise());
    }

    private byte[] toBytes() {
        byte[] name = dataset.getBytes(StandardCharsets.UTF_8);
        boolean adapted = filter.adaptedNoise() > 0;
        ByteBuffer buffer = ByteBuffer.allocate((adapted ? ADAPTED_BYTES : PLAIN_BYTES) + name.length)
                .put(adapted ? ADAPTED : PLAIN)
                .putDouble(filter.mean())
                .putDouble(filter.variance())
                .putLong(filter.observations())
                .putLong(filter.policyVersion())
                .putLong(updatedAtMs);
        if (adapted) {
            buffer.putDouble(filter.adaptedNoise());
        }
        return buffer.put(name).array();
    }

    private static StoredFilter fromBytes(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        byte format = buffer.get();
        if (format != PLAIN && format != ADAPTED) {
            throw new IllegalStateException(
                    "a stored filter has format " + format + ", this release reads " + PLAIN + " and " + ADAPTED
                            + "; run the release that wrote it, or reset the application with another streams.applicationId");
        }
        Filter filter = new Filter(buffer.getDouble(), buffer.getDouble(), buffer.getLong(), buffer.getLong());
        long updatedAtMs = buffer.getLong();
        if (format == ADAPTED) {
            filter = filter.withAdaptedNoise(buffer.getDouble());
        }
        String dataset = new String(bytes, buffer.position(), buffer.remaining(), StandardCharsets.UTF_8);
        return new StoredFilter(filter, dataset, updatedAtMs);
    }
}
