package dev.krpo.schemas.serde;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.message.SchemaStore;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.avro.util.ClassSecurityValidator;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Avro single-object encoding of one record class: two marker bytes, the little-endian CRC-64-AVRO fingerprint of the writer's
 * schema, the binary body. Records written with any released schema are read; safe for use by several threads.
 */
public final class RecordSerde<T extends SpecificRecordBase> implements Serde<T> {

    private static final byte[] MARKER = {(byte) 0xC3, 0x01};
    private static final SchemaStore RELEASED = ReleasedSchemas.store();
    static final int HEADER_BYTES = 10;

    static {
        // Avro instantiates only classes that somebody vouches for; these are the generated records.
        ClassSecurityValidator.setGlobal(
                ClassSecurityValidator.composite(ClassSecurityValidator.getGlobal(), type -> type.getPackageName()
                        .equals("dev.krpo.schemas")));
    }

    private final Class<T> type;
    private final BinaryMessageEncoder<T> encoder;
    private final BinaryMessageDecoder<T> decoder;

    private RecordSerde(Class<T> type) {
        this.type = type;
        SpecificData data = new SpecificData(type.getClassLoader());
        // The generated and the "fast" decoders box every array element; the plain one fills primitive arrays.
        data.setCustomCoders(false);
        data.setFastReaderEnabled(false);
        this.encoder = new BinaryMessageEncoder<>(data, data.getSchema(type));
        this.decoder = new BinaryMessageDecoder<>(data, data.getSchema(type), RELEASED);
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

    /**
     * @throws UndecodableRecordException if the bytes are empty, lack the single-object header, carry a fingerprint no
     *     release wrote, or end too early
     */
    public T decode(byte[] bytes) {
        long fingerprint = fingerprintOf(bytes, type);
        try {
            return decoder.decode(new ByteArrayInputStream(bytes), null);
        } catch (org.apache.avro.message.MissingSchemaException e) {
            throw new UndecodableRecordException(
                    "unknown-schema",
                    String.format(
                            "schema fingerprint %016x is of no released %s; upgrade this process or the producer",
                            fingerprint, type.getSimpleName()),
                    e);
        } catch (IOException | AvroRuntimeException | IndexOutOfBoundsException | ClassCastException e) {
            throw UndecodableRecordException.truncated(bytes.length, type, fingerprint, e);
        }
    }

    /** The fingerprint of the writer's schema; throws if the bytes are empty or have no single-object header. */
    static long fingerprintOf(byte[] bytes, Class<?> type) {
        if (bytes == null || bytes.length == 0) {
            throw new UndecodableRecordException(
                    "empty", "the value is empty; a " + type.getSimpleName() + " was expected", null);
        }
        if (bytes.length < HEADER_BYTES || bytes[0] != MARKER[0] || bytes[1] != MARKER[1]) {
            throw new UndecodableRecordException(
                    "not-single-object",
                    "the value does not start with the Avro single-object header C3 01; encode a "
                            + type.getSimpleName() + " with Avro's message encoder",
                    null);
        }
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
