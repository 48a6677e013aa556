package dev.krpo.streams.processor;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.api.Record;

/** Serializes a waiting member of a group: its unchanged source record and that record's position. */
public final class GroupMemberSerde implements Serde<GroupMember> {

    /** The bytes of earlier builds begin with a timestamp, which is not negative. */
    private static final byte FORMAT = -1;

    private static final int NULL = -1;

    @Override
    public Serializer<GroupMember> serializer() {
        return (topic, member) -> member == null ? null : toBytes(member);
    }

    @Override
    public Deserializer<GroupMember> deserializer() {
        return (topic, bytes) -> bytes == null ? null : fromBytes(ByteBuffer.wrap(bytes));
    }

    private static byte[] toBytes(GroupMember member) {
        Record<byte[], byte[]> source = member.source();
        Header[] headers = source.headers().toArray();
        int size = 1 + Long.BYTES * 2 + Integer.BYTES * 4 + length(source.key()) + length(source.value());
        for (Header header : headers) {
            size += Integer.BYTES * 2 + utf8(header.key()).length + length(header.value());
        }
        ByteBuffer buffer = ByteBuffer.allocate(size)
                .put(FORMAT)
                .putLong(source.timestamp())
                .putLong(member.offset())
                .putInt(member.partition());
        put(buffer, source.key());
        put(buffer, source.value());
        buffer.putInt(headers.length);
        for (Header header : headers) {
            put(buffer, utf8(header.key()));
            put(buffer, header.value());
        }
        return buffer.array();
    }

    private static GroupMember fromBytes(ByteBuffer buffer) {
        if (buffer.get(0) < 0) {
            requireFormat(buffer.get());
        }
        long timestamp = buffer.getLong();
        long offset = buffer.getLong();
        int partition = buffer.getInt();
        byte[] key = get(buffer);
        byte[] value = get(buffer);
        Headers headers = new RecordHeaders();
        for (int left = buffer.getInt(); left > 0; left--) {
            headers.add(new String(get(buffer), StandardCharsets.UTF_8), get(buffer));
        }
        return new GroupMember(new Record<>(key, value, timestamp, headers), partition, offset);
    }

    private static void requireFormat(byte format) {
        if (format != FORMAT) {
            throw new IllegalStateException("a waiting member of a group has format " + format + ", this release reads "
                    + FORMAT
                    + "; run the release that wrote it, or reset the application with another streams.applicationId");
        }
    }

    private static int length(byte[] bytes) {
        return bytes == null ? 0 : bytes.length;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void put(ByteBuffer buffer, byte[] bytes) {
        if (bytes == null) {
            buffer.putInt(NULL);
        } else {
            buffer.putInt(bytes.length).put(bytes);
        }
    }

    private static byte[] get(ByteBuffer buffer) {
        int length = buffer.getInt();
        if (length == NULL) {
            return null;
        }
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        return bytes;
    }
}
