package dev.krpo.policy.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A file of named tensors in the safetensors format: an 8-byte little-endian header length, a JSON header, then the
 * values, without gaps. Opening checks the whole header against the file; each error names file, tensor and field.
 */
public final class Safetensors {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final int LENGTH_BYTES = 8;
    /** The limit of the reference implementation. */
    private static final long MAX_HEADER_BYTES = 100_000_000;

    private final Path file;
    private final long dataStart;
    private final Map<String, Entry> entries;

    /** Types that can be read, by their name in the header. */
    private enum Type {
        F32(4),
        F16(2),
        BF16(2),
        I64(8);

        private final int bytes;

        Type(int bytes) {
            this.bytes = bytes;
        }
    }

    private record Entry(String name, Type type, long[] shape, long begin, long end) {}

    private Safetensors(Path file, long dataStart, Map<String, Entry> entries) {
        this.file = file;
        this.dataStart = dataStart;
        this.entries = entries;
    }

    /**
     * Reads and checks the header.
     *
     * @throws IOException if the file cannot be read
     * @throws CheckpointException if it is malformed, naming file, tensor and field
     */
    public static Safetensors open(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size < LENGTH_BYTES) {
                throw malformed(
                        file,
                        "truncated header: the file has " + size + " bytes, fewer than the " + LENGTH_BYTES
                                + " of the header length");
            }
            long headerLength = read(channel, 0, LENGTH_BYTES).getLong();
            if (headerLength < 0 || headerLength > MAX_HEADER_BYTES || headerLength > size - LENGTH_BYTES) {
                throw malformed(
                        file,
                        "truncated header: its length is given as " + headerLength + " bytes, but "
                                + (size - LENGTH_BYTES) + " follow");
            }
            byte[] header = new byte[(int) headerLength];
            read(channel, LENGTH_BYTES, header.length).get(header);
            long dataStart = LENGTH_BYTES + headerLength;
            Map<String, Entry> entries = new LinkedHashMap<>();
            for (var property : parse(file, header).properties()) {
                if (!property.getKey().equals("__metadata__")) {
                    entries.put(property.getKey(), entry(file, property.getKey(), property.getValue()));
                }
            }
            checkLayout(file, entries, size - dataStart);
            return new Safetensors(file, dataStart, entries);
        }
    }

    private static JsonNode parse(Path file, byte[] header) throws IOException {
        JsonNode json;
        try {
            json = JSON.readTree(header);
        } catch (JsonProcessingException e) {
            throw new CheckpointException(file + ": the header is not JSON: " + e.getOriginalMessage(), e);
        }
        if (!json.isObject()) {
            throw malformed(file, "the header is no JSON object");
        }
        return json;
    }

    private static Entry entry(Path file, String name, JsonNode json) {
        Type type = null;
        for (Type known : Type.values()) {
            if (known.name().equals(json.path("dtype").asText())) {
                type = known;
            }
        }
        if (type == null) {
            throw malformed(
                    file,
                    "tensor " + name + ": dtype is " + json.path("dtype") + "; F32, F16, BF16 and I64 are"
                            + " supported");
        }
        long[] shape = naturals(file, name, "shape", json.path("shape"));
        long[] offsets = naturals(file, name, "data_offsets", json.path("data_offsets"));
        if (offsets.length != 2 || offsets[0] > offsets[1]) {
            throw malformed(
                    file,
                    "tensor " + name + ": data_offsets are " + json.path("data_offsets")
                            + "; a begin and an end not before it are needed");
        }
        long bytes = type.bytes;
        try {
            for (long size : shape) {
                bytes = Math.multiplyExact(bytes, size);
            }
        } catch (ArithmeticException e) {
            throw new CheckpointException(
                    file + ": tensor " + name + ": shape " + json.path("shape") + " is too large", e);
        }
        if (offsets[1] - offsets[0] != bytes) {
            throw malformed(
                    file,
                    "tensor " + name + ": data_offsets span " + (offsets[1] - offsets[0]) + " bytes, but dtype " + type
                            + " and shape " + json.path("shape") + " need " + bytes);
        }
        return new Entry(name, type, shape, offsets[0], offsets[1]);
    }

    private static long[] naturals(Path file, String name, String field, JsonNode json) {
        long[] values = new long[json.size()];
        boolean valid = json.isArray();
        for (int i = 0; i < values.length && valid; i++) {
            valid = json.get(i).canConvertToLong()
                    && json.get(i).isIntegralNumber()
                    && json.get(i).asLong() >= 0;
            values[i] = json.get(i).asLong();
        }
        if (!valid) {
            throw malformed(
                    file,
                    "tensor " + name + ": " + field + " is " + json + "; a list of whole numbers from 0 is needed");
        }
        return values;
    }

    private static void checkLayout(Path file, Map<String, Entry> entries, long dataLength) {
        List<Entry> inOrder = new ArrayList<>(entries.values());
        inOrder.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long end = 0;
        String before = "the start";
        for (Entry entry : inOrder) {
            if (entry.begin() != end) {
                throw malformed(
                        file,
                        "tensor " + entry.name() + ": data_offsets begin at " + entry.begin()
                                + (entry.begin() < end ? ", overlapping " : ", leaving a gap behind ") + before
                                + ", which ends at " + end);
            }
            end = entry.end();
            before = entry.name();
        }
        if (end != dataLength) {
            throw malformed(
                    file, "wrong length: the tensors need " + end + " bytes, but " + dataLength + " follow the header");
        }
    }

    /** The names of the tensors, in the header's order. */
    public Set<String> names() {
        return entries.keySet();
    }

    /**
     * A tensor of floating-point type, widened to float32.
     *
     * @throws CheckpointException if there is none of this name, or it is not floating-point
     */
    public HostTensor floats(String name) throws IOException {
        Entry entry = find(name);
        ByteBuffer data = data(entry);
        float[] values = new float[data.remaining() / entry.type().bytes];
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
            case I64 -> throw malformed(file, "tensor " + name + ": dtype is I64; a floating-point one is needed");
        }
        return new HostTensor(values, entry.shape());
    }

    /**
     * All tensors of a file, which must be of floating-point type.
     *
     * @throws IOException if the file cannot be read
     * @throws CheckpointException if it is malformed, naming file, tensor and field
     */
    public static Map<String, HostTensor> read(Path file) throws IOException {
        Safetensors opened = open(file);
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        for (String name : opened.names()) {
            tensors.put(name, opened.floats(name));
        }
        return tensors;
    }

    /**
     * The values of an int64 tensor, row-major.
     *
     * @throws CheckpointException if there is none of this name, or it is of another type
     */
    public long[] longs(String name) throws IOException {
        Entry entry = find(name);
        if (entry.type() != Type.I64) {
            throw malformed(file, "tensor " + name + ": dtype is " + entry.type() + "; I64 is needed");
        }
        ByteBuffer data = data(entry);
        long[] values = new long[data.remaining() / entry.type().bytes];
        data.asLongBuffer().get(values);
        return values;
    }

    /** The shape of a tensor. */
    public long[] shape(String name) {
        return find(name).shape().clone();
    }

    private Entry find(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw malformed(file, "tensor " + name + " is missing; there are " + names());
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
                throw new EOFException("The file ended while it was read, at byte " + (position + buffer.position()));
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

    /** Writes float32 tensors in their order and forces them to the disk; equal tensors give equal bytes. */
    public static void write(Path file, Map<String, HostTensor> tensors) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            write(channel, tensors);
            channel.force(true);
        }
    }

    /** The SHA-256 of the file that {@link #write} would make, in lower-case hexadecimal. */
    public static String sha256(Map<String, HostTensor> tensors) {
        try (DigestOutputStream digest =
                        new DigestOutputStream(OutputStream.nullOutputStream(), CheckpointContents.newDigest());
                WritableByteChannel channel = Channels.newChannel(digest)) {
            write(channel, tensors);
            return HexFormat.of().formatHex(digest.getMessageDigest().digest());
        } catch (IOException e) {
            throw new UncheckedIOException("hashing tensors", e);
        }
    }

    private static void write(WritableByteChannel channel, Map<String, HostTensor> tensors) throws IOException {
        ObjectNode header = JSON.createObjectNode();
        // transformers asks which framework wrote the file.
        header.putObject("__metadata__").put("format", "pt");
        long offset = 0;
        for (var tensor : tensors.entrySet()) {
            ObjectNode entry = header.putObject(tensor.getKey()).put("dtype", Type.F32.name());
            var shape = entry.putArray("shape");
            for (long size : tensor.getValue().shape()) {
                shape.add(size);
            }
            long end = offset + (long) tensor.getValue().values().length * Type.F32.bytes;
            entry.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        StringBuilder text = new StringBuilder(header.toString());
        byte[] unpadded = text.toString().getBytes(StandardCharsets.UTF_8);
        text.append(" ".repeat((LENGTH_BYTES - unpadded.length % LENGTH_BYTES) % LENGTH_BYTES));
        byte[] padded = text.toString().getBytes(StandardCharsets.UTF_8);
        writeFully(
                channel,
                buffer(LENGTH_BYTES + padded.length).putLong(padded.length).put(padded));
        for (HostTensor tensor : tensors.values()) {
            ByteBuffer data = buffer(Math.multiplyExact(tensor.values().length, Type.F32.bytes));
            data.asFloatBuffer().put(tensor.values());
            writeFully(channel, data.position(data.limit()));
        }
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void writeFully(WritableByteChannel channel, ByteBuffer filled) throws IOException {
        filled.flip();
        while (filled.hasRemaining()) {
            channel.write(filled);
        }
    }

    private static CheckpointException malformed(Path file, String what) {
        return new CheckpointException(file + ": " + what);
    }
}
