package dev.krpo.policy.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** The safetensors file format for float32: a little-endian header length, a JSON header, the tensors' bytes. */
public final class Safetensors {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LENGTH_BYTES = 8;

    private Safetensors() {}

    /** The whole file as bytes; the header is padded so that the data is 8-byte aligned. */
    public static byte[] encode(Map<String, HostTensor> tensors) {
        ObjectNode header = JSON.createObjectNode();
        header.putObject("__metadata__").put("format", "pt");
        long offset = 0;
        for (Map.Entry<String, HostTensor> entry : tensors.entrySet()) {
            ObjectNode node = header.putObject(entry.getKey());
            node.put("dtype", "F32");
            for (long size : entry.getValue().shape()) {
                node.withArray("shape").add(size);
            }
            node.withArray("shape");
            long end = offset + 4L * entry.getValue().values().length;
            node.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        StringBuilder text = new StringBuilder(header.toString());
        while (text.length() % LENGTH_BYTES != 0) {
            text.append(' ');
        }
        byte[] json = text.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(Math.toIntExact(LENGTH_BYTES + json.length + offset))
                .order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(json.length).put(json);
        for (HostTensor tensor : tensors.values()) {
            file.asFloatBuffer().put(tensor.values());
            file.position(file.position() + 4 * tensor.values().length);
        }
        return file.array();
    }

    /**
     * @throws CheckpointException naming the file and the tensor or field that is wrong
     * @throws IOException if the file cannot be read
     */
    public static Map<String, HostTensor> read(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length < LENGTH_BYTES) {
            throw new CheckpointException(file + ": " + bytes.length + " bytes are too few for a safetensors file");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long headerLength = buffer.getLong();
        if (headerLength <= 0 || headerLength > bytes.length - LENGTH_BYTES) {
            throw new CheckpointException(file + ": header length is " + headerLength + ", but only "
                    + (bytes.length - LENGTH_BYTES) + " bytes follow; the file is truncated or no safetensors file");
        }
        JsonNode header;
        try {
            header = JSON.readTree(bytes, LENGTH_BYTES, (int) headerLength);
        } catch (JsonProcessingException e) {
            throw new CheckpointException(file + ": the header is not JSON: " + e.getOriginalMessage(), e);
        }
        int dataStart = LENGTH_BYTES + (int) headerLength;
        long dataLength = bytes.length - (long) dataStart;
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        long covered = 0;
        for (Map.Entry<String, JsonNode> field : header.properties()) {
            if (!field.getKey().equals("__metadata__")) {
                HostTensor tensor = tensor(file, field.getKey(), field.getValue(), buffer, dataStart, dataLength);
                tensors.put(field.getKey(), tensor);
                covered += 4L * tensor.values().length;
            }
        }
        if (covered != dataLength) {
            throw new CheckpointException(file + ": tensors cover " + covered + " bytes of data, but the file has "
                    + dataLength + "; it is truncated, or offsets overlap or leave gaps");
        }
        return tensors;
    }

    private static HostTensor tensor(
            Path file, String name, JsonNode node, ByteBuffer buffer, int dataStart, long dataLength) {
        String dtype = node.path("dtype").asText();
        if (!dtype.equals("F32")) {
            throw new CheckpointException(file + ": tensor " + name + " has dtype " + dtype + "; F32 is needed");
        }
        long[] shape = new long[node.path("shape").size()];
        long size = 1;
        for (int i = 0; i < shape.length; i++) {
            shape[i] = node.path("shape").get(i).asLong(-1);
            if (shape[i] < 0) {
                throw new CheckpointException(file + ": tensor " + name + " has shape " + node.path("shape"));
            }
            size = Math.multiplyExact(size, shape[i]);
        }
        long begin = node.path("data_offsets").path(0).asLong(-1);
        long end = node.path("data_offsets").path(1).asLong(-1);
        if (begin < 0 || end < begin || end > dataLength) {
            throw new CheckpointException(file + ": tensor " + name + " has data_offsets " + node.path("data_offsets")
                    + ", but the file has " + dataLength + " bytes of data; it is truncated");
        }
        if (end - begin != 4 * size) {
            throw new CheckpointException(file + ": tensor " + name + " has " + (end - begin) + " bytes, but shape "
                    + Arrays.toString(shape) + " needs " + 4 * size);
        }
        float[] values = new float[Math.toIntExact(size)];
        buffer.slice((int) (dataStart + begin), (int) (end - begin))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return new HostTensor(values, shape);
    }
}
