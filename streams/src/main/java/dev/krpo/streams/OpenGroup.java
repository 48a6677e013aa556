package dev.krpo.streams;

import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/**
 * A group that waits for members.
 *
 * @param size members it will have
 * @param arrived members it has
 * @param openedAtMs when the first one came, by the clock of the group timeout
 */
record OpenGroup(int size, int arrived, long openedAtMs) {

    static Serde<OpenGroup> serde() {
        return Serdes.serdeFrom(
                (topic, group) -> group == null
                        ? null
                        : ByteBuffer.allocate(Integer.BYTES * 2 + Long.BYTES)
                                .putInt(group.size)
                                .putInt(group.arrived)
                                .putLong(group.openedAtMs)
                                .array(),
                (topic, bytes) -> {
                    if (bytes == null) {
                        return null;
                    }
                    ByteBuffer buffer = ByteBuffer.wrap(bytes);
                    return new OpenGroup(buffer.getInt(), buffer.getInt(), buffer.getLong());
                });
    }

    OpenGroup withOneMore() {
        return new OpenGroup(size, arrived + 1, openedAtMs);
    }

    OpenGroup openedAt(long timeMs) {
        return new OpenGroup(size, arrived, timeMs);
    }

    boolean isComplete() {
        return arrived == size;
    }
}
