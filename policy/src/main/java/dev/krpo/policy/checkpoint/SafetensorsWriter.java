package dev.krpo.policy.checkpoint;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.krpo.policy.checkpoint.SafetensorsIndex.Type;
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

/** Writes float32 tensors in the format that {@link SafetensorsReader} describes; equal tensors give equal bytes. */
public final class SafetensorsWriter {

    private static final JsonMapper JSON = new JsonMapper();

    private SafetensorsWriter() {}

    /** Writes the tensors in their order and forces them to the disk. */
    public static void write(Path file, Map<String, HostTensor> tensors) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            write(channel, tensors);
            channel.force(true);
        }
    }

    /** The SHA-256 of the file that {@link #write} would produce, in lower-case hexadecimal. */
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
        // transformers requires the framework that wrote the file.
        header.putObject("__metadata__").put("format", "pt");
        long offset = 0;
        for (var tensor : tensors.entrySet()) {
            ObjectNode entry = header.putObject(tensor.getKey()).put("dtype", Type.F32.name());
            var shape = entry.putArray("shape");
            for (long size : tensor.getValue().shape()) {
                shape.add(size);
            }
            long end = offset + (long) tensor.getValue().values().length * Float.BYTES;
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
                part.clear().asFloatBuffer().put(tensor.values(), (int) from, count);
                writeFully(channel, part.position(count * Float.BYTES));
            }
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
