package dev.krpo.streams;

import dev.krpo.schemas.KalmanState;
import dev.krpo.streams.estimator.Filter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/**
 * A filter as the stores keep it: 41 bytes and the dataset's name, because it is read and written for every rollout.
 *
 * @param filter of a prompt or of a dataset
 * @param dataset the dataset's name
 * @param updatedAtMs stream time of the last update
 */
record StoredFilter(Filter filter, String dataset, long updatedAtMs) {

    private static final byte FORMAT = 1;
    private static final int FIXED_BYTES = 1 + 5 * Long.BYTES;

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
                updatedAtMs);
    }

    private byte[] toBytes() {
        byte[] name = dataset.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(FIXED_BYTES + name.length)
                .put(FORMAT)
                .putDouble(filter.mean())
                .putDouble(filter.variance())
                .putLong(filter.observations())
                .putLong(filter.policyVersion())
                .putLong(updatedAtMs)
                .put(name)
                .array();
    }

    private static StoredFilter fromBytes(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        byte format = buffer.get();
        if (format != FORMAT) {
            throw new IllegalStateException("a stored filter has format " + format + ", this release reads " + FORMAT
                    + "; run the release that wrote it, or reset the application with another streams.applicationId");
        }
        Filter filter = new Filter(buffer.getDouble(), buffer.getDouble(), buffer.getLong(), buffer.getLong());
        long updatedAtMs = buffer.getLong();
        String dataset = new String(bytes, FIXED_BYTES, bytes.length - FIXED_BYTES, StandardCharsets.UTF_8);
        return new StoredFilter(filter, dataset, updatedAtMs);
    }
}
