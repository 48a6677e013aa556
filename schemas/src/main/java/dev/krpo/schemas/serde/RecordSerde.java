package dev.krpo.schemas.serde;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.io.DatumReader;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.avro.util.ClassSecurityValidator;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Avro single-object encoding of one record class: two marker bytes, the little-endian CRC-64-AVRO fingerprint of the
 * writer's schema, the binary body. Reads records written with any released schema. Thread-safe.
 */
public final class RecordSerde<T extends SpecificRecordBase> implements Serde<T> {

    private static final byte[] MARKER = {(byte) 0xC3, 0x01};
    private static final Map<Long, Schema> RELEASED = ReleasedSchemas.byFingerprint();
    static final int HEADER_BYTES = 10;

    static {
        // Avro only instantiates classes from trusted packages; these are the generated records.
        ClassSecurityValidator.setGlobal(
                ClassSecurityValidator.composite(ClassSecurityValidator.getGlobal(), type -> type.getPackageName()
                        .equals("dev.krpo.schemas")));
    }

    private final Class<T> type;
    private final BinaryMessageEncoder<T> encoder;
    private final SpecificData data;
    private final Map<Long, DatumReader<T>> readers = new ConcurrentHashMap<>();
    private final Map<Long, DatumReader<T>> recordedReaders = new ConcurrentHashMap<>();

    private RecordSerde(Class<T> type) {
        this.type = type;
        data = new SpecificData(type.getClassLoader());
        // The generated and the "fast" decoders box every array element; the plain one fills primitive arrays.
        data.setCustomCoders(false);
        data.setFastReaderEnabled(false);
        this.encoder = new BinaryMessageEncoder<>(data, data.getSchema(type));
    }

    public static <T extends SpecificRecordBase> RecordSerde<T> of(Class<T> type) {
        return new RecordSerde<>(type);
    }

    public byte[] encode(T record) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
            encoder.encode(record, bytes);
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("encoding a " + type.getSimpleName(), e);
        }
    }

    /** @throws UndecodableRecordException if the bytes are not exactly one record */
    public T decode(byte[] bytes) {
        Schema writer = writerOf(bytes, type);
        DatumReader<T> reader = readers.computeIfAbsent(
                fingerprintIn(bytes), unused -> new BoundedRunsReader<>(writer, schema(), data));
        return decode(reader, writer, () -> new CheckedDecoder(bytes, HEADER_BYTES));
    }

    /**
     * Like {@link #decode}, for records that an earlier build has already used: it accepted malformed UTF-8, maps and
     * version runs of any length, and trailing bytes. Reads them exactly as that build did.
     *
     * @throws UndecodableRecordException if the bytes are damaged otherwise
     */
    public T decodeRecorded(byte[] bytes) {
        Schema writer = writerOf(bytes, type);
        DatumReader<T> reader = recordedReaders.computeIfAbsent(
                fingerprintIn(bytes), unused -> new SpecificDatumReader<>(writer, schema(), data));
        return decode(reader, writer, () -> new RecordedDecoder(bytes, HEADER_BYTES));
    }

    /** @param decoder creates a decoder positioned at the start of the body */
    private static <T> T decode(DatumReader<T> reader, Schema writer, Supplier<CheckedDecoder> decoder) {
        try {
            CheckedDecoder in = decoder.get();
            T record = reader.read(null, in);
            in.requireEnd();
            return record;
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory cannot fail", e);
        } catch (RuntimeException e) {
            // Avro throws various exceptions for invalid bytes, UnsupportedOperationException among them.
            throw RecordFault.of(decoder.get(), writer, e);
        }
    }

    private Schema schema() {
        return data.getSchema(type);
    }

    /**
     * The schema that the bytes were written with.
     *
     * @throws UndecodableRecordException if the bytes are empty, above {@link RecordLimits#MAX_BYTES}, have no
     *     single-object header, or were not written with a released schema of {@code type}
     */
    static Schema writerOf(byte[] bytes, Class<?> type) {
        if (bytes == null || bytes.length == 0) {
            throw new UndecodableRecordException(
                    "empty", "the value is empty; a " + type.getSimpleName() + " was expected", null);
        }
        if (bytes.length > RecordLimits.MAX_BYTES) {
            throw new UndecodableRecordException(
                    "too-large",
                    "the value has " + bytes.length + " bytes, more than the maximum of" + " " + RecordLimits.MAX_BYTES
                            + " for a record; write smaller records",
                    null);
        }
        if (bytes.length < HEADER_BYTES || bytes[0] != MARKER[0] || bytes[1] != MARKER[1]) {
            throw new UndecodableRecordException(
                    "not-single-object",
                    "the value does not start with the Avro single-object header C3 01; encode a "
                            + type.getSimpleName() + " with Avro's message encoder",
                    null);
        }
        long fingerprint = fingerprintIn(bytes);
        Schema writer = RELEASED.get(fingerprint);
        if (writer == null) {
            throw new UndecodableRecordException(
                    "unknown-schema",
                    String.format(
                            "schema fingerprint %016x does not match any released %s; upgrade this process or"
                                    + " the producer",
                            fingerprint, type.getSimpleName()),
                    null);
        }
        if (!writer.getFullName().equals(type.getName())) {
            throw new UndecodableRecordException(
                    "wrong-record",
                    "the value is a " + writer.getName() + ", but this topic holds" + " " + type.getSimpleName()
                            + "s; write it to its own topic",
                    null);
        }
        return writer;
    }

    static long fingerprintIn(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(MARKER.length);
    }

    static long fingerprint(Schema schema) {
        return SchemaNormalization.parsingFingerprint64(schema);
    }

    static byte[] header(Schema schema) {
        return ByteBuffer.allocate(HEADER_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MARKER)
                .putLong(fingerprint(schema))
                .array();
    }

    @Override
    public Serializer<T> serializer() {
        return (topic, record) -> record == null ? null : encode(record);
    }

    @Override
    public Deserializer<T> deserializer() {
        return (topic, bytes) -> bytes == null ? null : decode(bytes);
    }
}
