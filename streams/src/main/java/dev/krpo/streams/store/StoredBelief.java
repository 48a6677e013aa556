package dev.krpo.streams.store;

import dev.krpo.estimators.Belief;
import dev.krpo.schemas.KalmanState;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/**
 * The stored form of a filter: about 45 bytes and two names, because it is read and written for every rollout. A filter
 * that adapts its observation noise uses the second format, with eight more bytes; one with a filter of weighted
 * rewards uses the third, with another 24. The formats of earlier builds, which had no policy, are read but not
 * written.
 *
 * @param filter of a prompt or of a dataset
 * @param policyName policy whose rewards were filtered; empty if written by an earlier build
 * @param dataset the dataset's name
 * @param updatedAtMs stream time of the last update
 */
public record StoredBelief(Belief filter, String policyName, String dataset, long updatedAtMs) {

    private static final byte PLAIN = 1;
    private static final byte ADAPTED = 2;
    private static final byte WEIGHTED = 3;
    /** Added to each format number if the name of the policy precedes that of the dataset. */
    private static final byte WITH_POLICY = 3;

    private static final int PLAIN_BYTES = 1 + 5 * Long.BYTES;
    private static final int ADAPTED_BYTES = PLAIN_BYTES + Double.BYTES;
    private static final int WEIGHTED_BYTES = ADAPTED_BYTES + 3 * Double.BYTES;

    public static Serde<StoredBelief> serde() {
        return Serdes.serdeFrom(
                (topic, stored) -> stored == null ? null : stored.toBytes(),
                (topic, bytes) -> bytes == null ? null : fromBytes(bytes));
    }

    public KalmanState toRecord(String promptId) {
        return new KalmanState(
                promptId,
                dataset,
                filter.mean(),
                filter.variance(),
                filter.observations(),
                filter.policyVersion(),
                updatedAtMs,
                filter.adaptedNoise(),
                filter.weighted() == null ? filter.mean() : filter.weighted().mean(),
                policyName);
    }

    private byte[] toBytes() {
        byte[] policy = policyName.getBytes(StandardCharsets.UTF_8);
        byte[] name = dataset.getBytes(StandardCharsets.UTF_8);
        byte format = format();
        ByteBuffer buffer = ByteBuffer.allocate(bytes(format) + Integer.BYTES + policy.length + name.length)
                .put((byte) (format + WITH_POLICY))
                .putDouble(filter.mean())
                .putDouble(filter.variance())
                .putLong(filter.observations())
                .putLong(filter.policyVersion())
                .putLong(updatedAtMs);
        if (format != PLAIN) {
            buffer.putDouble(filter.adaptedNoise());
        }
        if (format == WEIGHTED) {
            Belief weighted = filter.weighted();
            buffer.putDouble(weighted.mean()).putDouble(weighted.variance()).putDouble(weighted.adaptedNoise());
        }
        return buffer.putInt(policy.length).put(policy).put(name).array();
    }

    private byte format() {
        if (filter.weighted() != null) {
            return WEIGHTED;
        }
        return filter.adaptedNoise() > 0 ? ADAPTED : PLAIN;
    }

    private static int bytes(byte format) {
        return switch (format) {
            case WEIGHTED -> WEIGHTED_BYTES;
            case ADAPTED -> ADAPTED_BYTES;
            default -> PLAIN_BYTES;
        };
    }

    private static StoredBelief fromBytes(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        byte stored = buffer.get();
        if (stored < PLAIN || stored > WEIGHTED + WITH_POLICY) {
            throw new IllegalStateException("a stored filter has format " + stored + ", this release reads " + PLAIN
                    + " to " + (WEIGHTED + WITH_POLICY)
                    + "; run the release that wrote it, or reset the application with another streams.applicationId");
        }
        boolean withPolicy = stored > WEIGHTED;
        byte format = (byte) (withPolicy ? stored - WITH_POLICY : stored);
        Belief filter = new Belief(buffer.getDouble(), buffer.getDouble(), buffer.getLong(), buffer.getLong());
        long updatedAtMs = buffer.getLong();
        if (format != PLAIN) {
            filter = filter.withAdaptedNoise(buffer.getDouble());
        }
        if (format == WEIGHTED) {
            // Both filters have seen the same rewards.
            filter = filter.withWeighted(new Belief(
                    buffer.getDouble(),
                    buffer.getDouble(),
                    filter.observations(),
                    filter.policyVersion(),
                    buffer.getDouble()));
        }
        String policyName = withPolicy ? text(buffer, buffer.getInt()) : "";
        return new StoredBelief(filter, policyName, text(buffer, buffer.remaining()), updatedAtMs);
    }

    private static String text(ByteBuffer buffer, int length) {
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
