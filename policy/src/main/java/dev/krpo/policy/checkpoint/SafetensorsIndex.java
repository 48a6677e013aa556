package dev.krpo.policy.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The JSON header of a safetensors file: the location of each tensor. Reading it checks every field. */
record SafetensorsIndex(Map<String, Entry> entries) {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Types that a header may name. */
    enum Type {
        F32(4),
        F16(2),
        BF16(2),
        I64(8);

        private final int bytes;

        Type(int bytes) {
            this.bytes = bytes;
        }

        int bytes() {
            return bytes;
        }
    }

    /**
     * @param begin offset of the first byte, counted from the end of the header
     * @param end offset after the last byte, counted likewise
     */
    record Entry(String name, Type type, long[] shape, long begin, long end) {

        long values() {
            return (end - begin) / type.bytes();
        }
    }

    /**
     * @param dataLength bytes that follow the header
     * @throws CheckpointException if the header is malformed, naming file, tensor and field
     */
    static SafetensorsIndex of(Path file, byte[] header, long dataLength) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (var property : parse(file, header).properties()) {
            if (!property.getKey().equals("__metadata__")) {
                entries.put(property.getKey(), entry(file, property.getKey(), property.getValue()));
            }
        }
        checkLayout(file, entries, dataLength);
        return new SafetensorsIndex(entries);
    }

    private static JsonNode parse(Path file, byte[] header) {
        JsonNode json;
        try {
            json = JSON.readTree(header);
        } catch (JsonProcessingException e) {
            throw new CheckpointException(file + ": the header is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("parsing bytes in memory", e);
        }
        if (!json.isObject()) {
            throw malformed(file, "the header is not a JSON object");
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
                            + "; [begin, end] with begin <= end is needed");
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
                    "tensor " + name + ": " + field + " is " + json + "; a list of non-negative integers is needed");
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
                                + (entry.begin() < end ? ", overlapping " : ", leaving a gap after ") + before
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

    static CheckpointException malformed(Path file, String reason) {
        return new CheckpointException(file + ": " + reason);
    }
}
