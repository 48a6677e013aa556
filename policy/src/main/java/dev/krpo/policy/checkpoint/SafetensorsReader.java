package dev.krpo.policy.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.krpo.policy.checkpoint.SafetensorsIndex.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
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
        FloatWindow window = new FloatWindow();
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        for (String name : opened.names()) {
            tensors.put(name, opened.floats(name, window));
        }
        return tensors;
    }

    /** The names of the tensors, in the header's order. */
    public Set<String> names() {
        return entries.keySet();
    }

    /**
     * A tensor's shape.
     *
     * @throws CheckpointException if no tensor has this name
     */
    long[] shape(String name) {
        return find(name).shape().clone();
    }

    /**
     * A tensor of floating-point type, widened to float32.
     *
     * @throws CheckpointException if no tensor has this name, or it is not floating-point
     */
    public HostTensor floats(String name) throws IOException {
        return floats(name, new FloatWindow());
    }

    HostTensor floats(String name, FloatWindow window) throws IOException {
        Entry entry = floatingPoint(name);
        float[] values = new float[Math.toIntExact(entry.values())];
        read(entry, window, (offset, part) -> {
            FloatBuffer floats = part.asFloatBuffer();
            floats.get(values, (int) offset, floats.remaining());
        });
        return new HostTensor(values, entry.shape());
    }

    /**
     * As {@link #floats}, as an array of this manager.
     *
     * @param window reused for several tensors
     */
    NDArray array(String name, NDManager manager, FloatWindow window) throws IOException {
        Entry entry = floatingPoint(name);
        NDArray array = manager.zeros(new Shape(entry.shape()));
        try (NDManager scratch = manager.newSubManager()) {
            NDArray flat = array.reshape(-1);
            flat.attach(scratch);
            read(entry, window, (offset, part) -> {
                long count = part.remaining() / Float.BYTES;
                NDArray values = scratch.create(part, new Shape(count), DataType.FLOAT32);
                flat.set(new NDIndex().addSliceDim(offset, offset + count), values);
                values.close();
            });
        }
        return array;
    }

    private Entry floatingPoint(String name) {
        Entry entry = find(name);
        if (entry.type() == SafetensorsIndex.Type.I64) {
            throw SafetensorsIndex.malformed(file, "tensor " + name + ": dtype is I64; a floating-point one is needed");
        }
        return entry;
    }

    private Entry find(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw SafetensorsIndex.malformed(file, "tensor " + name + " is missing; the file has " + names());
        }
        return entry;
    }

    private void read(Entry entry, FloatWindow window, FloatWindow.Sink sink) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            window.read(channel, dataStart, entry, sink);
        }
    }

    private static ByteBuffer read(FileChannel channel, long position, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        FloatWindow.fill(channel, buffer, position);
        return buffer.flip();
    }
}
