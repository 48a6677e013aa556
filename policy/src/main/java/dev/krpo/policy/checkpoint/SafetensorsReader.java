package dev.krpo.policy.checkpoint;

import dev.krpo.policy.checkpoint.SafetensorsIndex.Entry;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Reads a file of named tensors in the safetensors format: an 8-byte little-endian header length, a JSON header, then
 * the values, without gaps. Opening checks the whole header against the file; each error names file, tensor and field.
 */
public final class SafetensorsReader {

    static final int LENGTH_BYTES = 8;
    /** The limit of the reference implementation. */
    private static final long MAX_HEADER_BYTES = 100_000_000;

    private final Path file;
    private final long dataStart;
    private final Map<String, Entry> entries;

    private SafetensorsReader(Path file, long dataStart, SafetensorsIndex index) {
        this.file = file;
        this.dataStart = dataStart;
        this.entries = index.entries();
    }

    /**
     * Reads and checks the header.
     *
     * @throws IOException if the file cannot be read
     * @throws CheckpointException if it is malformed, naming file, tensor and field
     */
    public static SafetensorsReader open(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size < LENGTH_BYTES) {
                throw SafetensorsIndex.malformed(
                        file,
                        "truncated header: the file has " + size + " bytes, fewer than the " + LENGTH_BYTES
                                + " of the header length");
            }
            long headerLength = read(channel, 0, LENGTH_BYTES).getLong();
            if (headerLength < 0 || headerLength > MAX_HEADER_BYTES || headerLength > size - LENGTH_BYTES) {
                throw SafetensorsIndex.malformed(
                        file,
                        "truncated header: its length is given as " + headerLength + " bytes, but "
                                + (size - LENGTH_BYTES) + " follow");
            }
            byte[] header = new byte[(int) headerLength];
            read(channel, LENGTH_BYTES, header.length).get(header);
            long dataStart = LENGTH_BYTES + headerLength;
            return new SafetensorsReader(file, dataStart, SafetensorsIndex.of(file, header, size - dataStart));
        }
    }

    /**
     * All tensors of a file, which must be of floating-point type.
     *
     * @throws IOException if the file cannot be read
     * @throws CheckpointException if it is malformed, naming file, tensor and field
     */
    public static Map<String, HostTensor> read(Path file) throws IOException {
        SafetensorsReader opened = open(file);
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        for (String name : opened.names()) {
            tensors.put(name, opened.floats(name));
        }
        return tensors;
    }

    /** The names of the tensors, in the header's order. */
    public Set<String> names() {
        return entries.keySet();
    }

    /**
     * A tensor of floating-point type, widened to float32.
     *
     * @throws CheckpointException if no tensor has this name, or it is not floating-point
     */
    public HostTensor floats(String name) throws IOException {
        Entry entry = find(name);
        ByteBuffer data = data(entry);
        float[] values = new float[data.remaining() / entry.type().bytes()];
        switch (entry.type()) {
            case F32 -> data.asFloatBuffer().get(values);
            case BF16 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.intBitsToFloat(data.getShort() << 16);
                }
            }
            case F16 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = halfToFloat(data.getShort());
                }
            }
            case I64 ->
                throw SafetensorsIndex.malformed(
                        file, "tensor " + name + ": dtype is I64; a floating-point one is needed");
        }
        return new HostTensor(values, entry.shape());
    }

    private Entry find(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw SafetensorsIndex.malformed(file, "tensor " + name + " is missing; the file has " + names());
        }
        return entry;
    }

    private ByteBuffer data(Entry entry) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return read(channel, dataStart + entry.begin(), Math.toIntExact(entry.end() - entry.begin()));
        }
    }

    private static ByteBuffer read(FileChannel channel, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new EOFException("The file ended while being read, at byte " + (position + buffer.position()));
            }
        }
        return buffer.flip();
    }

    /** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
    private static float halfToFloat(short half) {
        int exponent = (half >>> 10) & 0x1f;
        int fraction = half & 0x3ff;
        float magnitude =
                switch (exponent) {
                    case 0 -> fraction * 0x1p-24f;
                    case 31 -> fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
                    default -> Float.intBitsToFloat((exponent + 112) << 23 | fraction << 13);
                };
        return half < 0 ? -magnitude : magnitude;
    }
}
