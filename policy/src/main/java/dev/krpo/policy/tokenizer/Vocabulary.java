package dev.krpo.policy.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** The tokens of a {@code tokenizer.json} by id. */
final class Vocabulary {

    private static final Pattern BYTE = Pattern.compile("<0x[0-9A-F]{2}>");

    private final List<String> tokens = new ArrayList<>();
    private final Map<String, Integer> ids = new HashMap<>();
    private final BitSet special = new BitSet();
    private final BitSet bytes = new BitSet();
    private final Path file;
    private final int size;

    /**
     * @param file for messages
     * @param modelSize the model's vocab_size; added tokens beyond it are unknown to the model. -1 if there is none
     * @throws IllegalArgumentException if a field is malformed, naming it
     */
    Vocabulary(Path file, JsonNode tokenizer, int modelSize) {
        this.file = file;
        JsonNode vocabulary = tokenizer.path("model").path("vocab");
        if (vocabulary.isArray()) {
            for (int id = 0; id < vocabulary.size(); id++) {
                put(vocabulary.get(id).path(0).asText(), id);
            }
        } else {
            vocabulary.properties().forEach(entry -> put(entry.getKey(), id("model.vocab", entry.getValue())));
        }
        if (tokens.isEmpty()) {
            throw new IllegalArgumentException(file + ": model.vocab is empty or missing; a tokenizer of the "
                    + "Hugging Face library tokenizers is needed");
        }
        int withoutAdded = tokens.size();
        boolean fallsBackToBytes = contains(tokenizer.path("decoder"), "ByteFallback");
        for (int id = 0; id < withoutAdded && fallsBackToBytes; id++) {
            if (tokens.get(id) != null && BYTE.matcher(tokens.get(id)).matches()) {
                bytes.set(id);
            }
        }
        for (JsonNode added : tokenizer.path("added_tokens")) {
            int id = id("added_tokens", added.path("id"));
            put(added.path("content").asText(), id);
            special.set(id, added.path("special").asBoolean());
            bytes.clear(id);
        }
        size = modelSize >= withoutAdded ? Math.min(modelSize, tokens.size()) : tokens.size();
    }

    private int id(String field, JsonNode id) {
        if (!id.isInt() || id.asInt() < 0) {
            throw new IllegalArgumentException(
                    file + ": " + field + " has the id " + id + "; a whole number is needed");
        }
        return id.asInt();
    }

    private void put(String token, int id) {
        while (tokens.size() <= id) {
            tokens.add(null);
        }
        tokens.set(id, token);
        ids.put(token, id);
    }

    /** True if a decoder, or one of a sequence of decoders, is of this type. */
    private static boolean contains(JsonNode decoder, String type) {
        for (JsonNode one : decoder.path("decoders")) {
            if (contains(one, type)) {
                return true;
            }
        }
        return decoder.path("type").asText().equals(type);
    }

    /** Number of ids that the model knows. */
    int size() {
        return size;
    }

    OptionalInt find(String token) {
        Integer id = ids.get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** @throws IllegalArgumentException if the id does not exist */
    String token(int id) {
        String token = id >= 0 && id < tokens.size() ? tokens.get(id) : null;
        if (token == null) {
            throw new IllegalArgumentException(
                    "Token " + id + " is not in " + file + ", which has the ids 0 to " + (tokens.size() - 1));
        }
        return token;
    }

    /** True if decoding omits the id: it is special, or unknown. */
    boolean isOmitted(int id) {
        return id >= tokens.size() || tokens.get(id) == null || special.get(id);
    }

    /** True if the token is one byte of a character. */
    boolean isByte(int id) {
        return bytes.get(id);
    }
}
