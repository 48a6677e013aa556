package dev.krpo.schemas.serde;

/**
 * Reads bytes that an earlier build has read already, exactly as that build did: malformed UTF-8 becomes U+FFFD as in
 * Java's strings, maps have any number of entries, and bytes behind the record are ignored. Lengths and counts are
 * checked all the same.
 */
final class RecordedDecoder extends CheckedDecoder {

    RecordedDecoder(byte[] bytes, int position) {
        super(bytes, position);
    }

    @Override
    void requireEnd() {}

    @Override
    String strictText(String replaced, int length) {
        return replaced;
    }

    @Override
    void requireFewEntries(long entries) {}
}
