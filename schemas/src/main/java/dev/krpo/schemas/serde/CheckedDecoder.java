package dev.krpo.schemas.serde;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.apache.avro.io.Decoder;
import org.apache.avro.util.Utf8;

/**
 * Reads Avro binary from untrusted bytes. Every length and count is checked against the remaining bytes before memory
 * is allocated, text must be UTF-8, and numbers must fit their type; Avro's own decoder checks none of these. Not
 * thread-safe.
 */
class CheckedDecoder extends Decoder {

    private static final char REPLACEMENT = '\uFFFD';
    private static final int INT_BITS = 32;
    private static final int LONG_BITS = 64;

    private final byte[] bytes;
    private int position;
    private long entries;

    /** @param position of the first byte to read */
    CheckedDecoder(byte[] bytes, int position) {
        this.bytes = bytes;
        this.position = position;
    }

    /** All bytes, including those before the start position. */
    int size() {
        return bytes.length;
    }

    int left() {
        return bytes.length - position;
    }

    /** @throws MalformedBytesException if any bytes are left; they are never skipped silently */
    void requireEnd() {
        if (left() > 0) {
            throw fault(
                    "trailing-bytes",
                    left() + " bytes follow the end of the record at byte " + position
                            + "; write one record per message");
        }
    }

    @Override
    public void readNull() {}

    @Override
    public boolean readBoolean() {
        int value = next();
        if (value > 1) {
            throw fault("number-out-of-range", "a boolean is 0 or 1, not " + value);
        }
        return value == 1;
    }

    @Override
    public int readInt() {
        long value = zigZag(varint(INT_BITS));
        return (int) value;
    }

    @Override
    public long readLong() {
        return zigZag(varint(LONG_BITS));
    }

    private static long zigZag(long value) {
        return (value >>> 1) ^ -(value & 1);
    }

    private long varint(int bits) {
        long value = 0;
        for (int shift = 0; shift < bits; shift += 7) {
            int part = next();
            long payload = part & 0x7F;
            if (bits - shift < 7 && payload >>> (bits - shift) != 0) {
                break;
            }
            value |= payload << shift;
            if (part < 0x80) {
                return value;
            }
        }
        throw fault("number-out-of-range", "a number does not fit into " + bits + " bits");
    }

    private int next() {
        require(1);
        return bytes[position++] & 0xFF;
    }

    private void require(int wanted) {
        if (left() < wanted) {
            throw fault("truncated", "the record ends where " + wanted + " more bytes are needed");
        }
    }

    @Override
    public float readFloat() {
        return Float.intBitsToFloat((int) littleEndian(Float.BYTES));
    }

    @Override
    public double readDouble() {
        return Double.longBitsToDouble(littleEndian(Double.BYTES));
    }

    private long littleEndian(int size) {
        require(size);
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = (value << 8) | (bytes[position + i] & 0xFF);
        }
        position += size;
        return value;
    }

    @Override
    public String readString() {
        int length = length();
        String text = new String(bytes, position, length, StandardCharsets.UTF_8);
        // The constructor substitutes this character for malformed bytes, but it may also occur legitimately.
        if (text.indexOf(REPLACEMENT) >= 0) {
            text = strictText(text, length);
        }
        position += length;
        return text;
    }

    /** @param replaced the text, with U+FFFD instead of malformed bytes */
    String strictText(String replaced, int length) {
        try {
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, position, length));
            return text.toString();
        } catch (CharacterCodingException e) {
            throw fault("not-utf-8", "a text of " + length + " bytes is not UTF-8");
        }
    }

    @Override
    public Utf8 readString(Utf8 old) {
        return new Utf8(readString());
    }

    @Override
    public void skipString() {
        readString();
    }

    @Override
    public ByteBuffer readBytes(ByteBuffer old) {
        int length = length();
        ByteBuffer value = ByteBuffer.allocate(length);
        value.put(bytes, position, length).flip();
        position += length;
        return value;
    }

    @Override
    public void skipBytes() {
        int length = length();
        position += length;
    }

    private int length() {
        long length = readLong();
        if (length < 0 || length > left()) {
            throw fault(
                    "length-out-of-range",
                    "a length is " + length + ", but only " + left() + " bytes of the record are left");
        }
        return (int) length;
    }

    @Override
    public void readFixed(byte[] target, int start, int length) {
        require(length);
        System.arraycopy(bytes, position, target, start, length);
        position += length;
    }

    @Override
    public void skipFixed(int length) {
        require(length);
        position += length;
    }

    @Override
    public int readEnum() {
        return readInt();
    }

    @Override
    public int readIndex() {
        return readInt();
    }

    /** Number of items in the next block; an item of any released schema takes at least one byte. */
    private long count() {
        long count = readLong();
        if (count < 0 && count != Long.MIN_VALUE) {
            count = -count;
            length();
        }
        if (count < 0 || count > left()) {
            throw fault(
                    "count-out-of-range",
                    "a count is " + count + ", but only " + left() + " bytes of the" + " record are left");
        }
        return count;
    }

    @Override
    public long readArrayStart() {
        return count();
    }

    @Override
    public long arrayNext() {
        return count();
    }

    @Override
    public long skipArray() {
        return count();
    }

    @Override
    public long readMapStart() {
        entries = 0;
        return mapNext();
    }

    @Override
    public long mapNext() {
        long block = count();
        entries += block;
        requireFewEntries(entries);
        return block;
    }

    /** @param entries number of entries of the map so far */
    void requireFewEntries(long entries) {
        if (entries > RecordLimits.MAX_ENTRIES) {
            throw fault("count-out-of-range", "a map has more than " + RecordLimits.MAX_ENTRIES + " entries");
        }
    }

    @Override
    public long skipMap() {
        return readMapStart();
    }

    MalformedBytesException fault(String reason, String detail) {
        return new MalformedBytesException(reason, detail + " (byte " + position + " of " + bytes.length + ")");
    }
}
