package dev.krpo.schemas.serde;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads the key of a record as text. */
public final class RecordKey {

    private RecordKey() {}

    /** @throws UndecodableRecordException with reason {@code key-missing} or {@code key-not-utf-8} */
    public static String decode(byte[] key) {
        if (key == null) {
            throw new UndecodableRecordException(
                    "key-missing", "the record has no key; use the id of its value as the key", null);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(key))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new UndecodableRecordException(
                    "key-not-utf-8",
                    "the record's key of " + key.length + " bytes is not UTF-8; use the id of its value as the key",
                    e);
        }
    }
}
