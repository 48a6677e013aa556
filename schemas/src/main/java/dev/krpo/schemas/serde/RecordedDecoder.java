package dev.krpo.schemas.serde;

/**
 * Reads bytes that an earlier build has already read, exactly as that build did: malformed UTF-8 becomes U+FFFD as in
 * Java's strings, maps may have any number of entries, and trailing bytes are ignored. Lengths and counts are still
 * checked.
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
