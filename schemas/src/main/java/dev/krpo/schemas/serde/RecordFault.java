package dev.krpo.schemas.serde;

import org.apache.avro.Schema;

/** Finds the field at which decoding failed. */
final class RecordFault {

    private final CheckedDecoder in;
    private String field = "";

    private RecordFault(CheckedDecoder in) {
        this.in = in;
    }

    /**
     * @param in the same kind of decoder as the one that failed, at the start of the body
     * @param writer the schema identified by the fingerprint
     * @param failure the exception thrown by decoding
     */
    static UndecodableRecordException of(CheckedDecoder in, Schema writer, RuntimeException failure) {
        RecordFault fault = new RecordFault(in);
        try {
            fault.walk(writer, writer.getName());
            fault.in.requireEnd();
        } catch (MalformedBytesException e) {
            return new UndecodableRecordException(e.reason(), fault.field + ": " + e.getMessage(), failure);
        }
        if (failure instanceof MalformedBytesException malformed) {
            return new UndecodableRecordException(malformed.reason(), malformed.getMessage(), malformed);
        }
        return new UndecodableRecordException(
                "undecodable",
                in.size() + " bytes are not a " + writer.getName() + ":" + " " + failure.getMessage(),
                failure);
    }

    private void walk(Schema schema, String name) {
        field = name;
        switch (schema.getType()) {
            case RECORD -> {
                for (Schema.Field child : schema.getFields()) {
                    walk(child.schema(), name + "." + child.name());
                }
                field = name;
            }
            case ARRAY -> {
                for (long items = in.readArrayStart(); items > 0; items = in.arrayNext()) {
                    for (long i = 0; i < items; i++) {
                        walk(schema.getElementType(), name);
                    }
                }
            }
            case MAP -> {
                for (long items = in.readMapStart(); items > 0; items = in.mapNext()) {
                    for (long i = 0; i < items; i++) {
                        in.skipString();
                        walk(schema.getValueType(), name);
                    }
                }
            }
            case UNION -> {
                int branches = schema.getTypes().size();
                walk(schema.getTypes().get(within("union-out-of-range", in.readIndex(), branches)), name);
            }
            case ENUM ->
                within(
                        "enum-out-of-range",
                        in.readEnum(),
                        schema.getEnumSymbols().size());
            case FIXED -> in.skipFixed(schema.getFixedSize());
            case STRING -> in.skipString();
            case BYTES -> in.skipBytes();
            case INT -> in.readInt();
            case LONG -> in.readLong();
            case FLOAT -> in.readFloat();
            case DOUBLE -> in.readDouble();
            case BOOLEAN -> in.readBoolean();
            case NULL -> in.readNull();
        }
    }

    private int within(String reason, int index, int size) {
        if (index < 0 || index >= size) {
            throw in.fault(reason, "number " + index + " of " + size + ", counted from 0");
        }
        return index;
    }
}
