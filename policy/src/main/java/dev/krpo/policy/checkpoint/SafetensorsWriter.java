package dev.krpo.policy.checkpoint;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.util.HexFormat;
import java.util.Map;

/** Writes tensors in the format that {@link SafetensorsReader} describes; equal tensors give equal bytes. */
public final class SafetensorsWriter {

    private static final JsonMapper JSON = new JsonMapper();

    private SafetensorsWriter() {}

    /** Writes float32 tensors in their order and forces them to the disk. */
    public static void write(Path file, Map<String, HostTensor> tensors) throws IOException {
        write(file, tensors, WeightType.FLOAT32);
    }

    /** As {@link #write(Path, Map)}, rounded to a type. */
    static void write(Path file, Map<String, HostTensor> tensors, WeightType type) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            write(channel, tensors, type);
            channel.force(true);
        }
    }

    /** The SHA-256 of the file that {@link #write(Path, Map)} would produce, in lower-case hexadecimal. */
    public static String sha256(Map<String, HostTensor> tensors) {
        try (DigestOutputStream digest =
                        new DigestOutputStream(OutputStream.nullOutputStream(), CheckpointContents.newDigest());
                WritableByteChannel channel = Channels.newChannel(digest)) {
            write(channel, tensors, WeightType.FLOAT32);
            return HexFormat.of().formatHex(digest.getMessageDigest().digest());
        } catch (IOException e) {
            throw new UncheckedIOException("hashing tensors", e);
        }
    }

    private static void write(WritableByteChannel channel, Map<String, HostTensor> tensors, WeightType type)
            throws IOException {
        int width = type.type().bytes();
        ObjectNode header = JSON.createObjectNode();
        // transformers requires the framework that wrote the file.
        header.putObject("__metadata__").put("format", "pt");
        long offset = 0;
        for (var tensor : tensors.entrySet()) {
            ObjectNode entry =
                    header.putObject(tensor.getKey()).put("dtype", type.type().name());
            var shape = entry.putArray("shape");
            for (long size : tensor.getValue().shape()) {
                shape.add(size);
            }
            long end = offset + (long) tensor.getValue().values().length * width;
            entry.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        StringBuilder text = new StringBuilder(header.toString());
        byte[] unpadded = text.toString().getBytes(StandardCharsets.UTF_8);
        text.append(" "
                .repeat((SafetensorsReader.LENGTH_BYTES - unpadded.length % SafetensorsReader.LENGTH_BYTES)
                        % SafetensorsReader.LENGTH_BYTES));
        byte[] padded = text.toString().getBytes(StandardCharsets.UTF_8);
        writeFully(
                channel,
                buffer(SafetensorsReader.LENGTH_BYTES + padded.length)
                        .putLong(padded.length)
                        .put(padded));
        ByteBuffer part = buffer(FloatWindow.VALUES * Float.BYTES);
        for (HostTensor tensor : tensors.values()) {
            int length = tensor.values().length;
            for (long from = 0; from < length; from += FloatWindow.VALUES) {
                int count = (int) Math.min(FloatWindow.VALUES, length - from);
                put(tensor.values(), (int) from, count, type, part.clear());
                writeFully(channel, part.position(count * width));
            }
        }
    }

    private static void put(float[] values, int from, int count, WeightType type, ByteBuffer part) {
        if (type == WeightType.FLOAT32) {
            part.asFloatBuffer().put(values, from, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            part.putShort(i * Short.BYTES, type.round(values[from + i]));
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
}
