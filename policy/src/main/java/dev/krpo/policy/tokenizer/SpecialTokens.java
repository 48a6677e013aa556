package dev.krpo.policy.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Tokens with a meaning. Like transformers, it takes their names from {@code tokenizer_config.json} and the ids that
 * end generation from {@code generation_config.json}, else from {@code config.json}.
 *
 * @param bos empty if the model has none
 * @param ends all tokens that end a sequence, eos among them
 * @param pad eos if the model has none
 */
record SpecialTokens(OptionalInt bos, int eos, Set<Integer> ends, int pad, List<String> stopStrings) {

    /** @throws IllegalArgumentException if a token is unknown, or no token ends a sequence; naming file and field */
    static SpecialTokens read(ModelFiles files, Vocabulary vocabulary) throws IOException {
        JsonNode config = files.config();
        JsonNode names = files.json(ModelFiles.TOKENIZER_CONFIG);
        JsonNode generation = files.json(ModelFiles.GENERATION_CONFIG);
        OptionalInt bos = named(files, vocabulary, names, "bos_token");
        OptionalInt eos = named(files, vocabulary, names, "eos_token");
        OptionalInt pad = named(files, vocabulary, names, "pad_token");
        Set<Integer> ends = new TreeSet<>(ids(generation, "eos_token_id"));
        if (ends.isEmpty()) {
            ends.addAll(ids(config, "eos_token_id"));
        }
        int end = eos.orElseGet(() -> ends.stream().findFirst().orElseThrow(() -> noEnd(files)));
        ends.add(end);
        ends.forEach(id -> check(files, vocabulary, "eos_token_id", id));
        List<String> stopStrings = new ArrayList<>();
        JsonNode stops = generation.path("stop_strings");
        if (stops.isTextual()) {
            stopStrings.add(stops.asText());
        }
        stops.forEach(stop -> stopStrings.add(stop.asText()));
        return new SpecialTokens(
                bos.isPresent() ? bos : first(generation, config, "bos_token_id", vocabulary),
                end,
                ends,
                pad.isPresent()
                        ? pad.getAsInt()
                        : first(generation, config, "pad_token_id", vocabulary).orElse(end),
                List.copyOf(stopStrings));
    }

    /** A token is a string, or an object with its content. */
    private static OptionalInt named(ModelFiles files, Vocabulary vocabulary, JsonNode names, String field) {
        JsonNode value = names.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return OptionalInt.empty();
        }
        String token =
                value.isTextual() ? value.asText() : value.path("content").asText();
        OptionalInt id = vocabulary.find(token);
        if (id.isEmpty() || id.getAsInt() >= vocabulary.size()) {
            throw new IllegalArgumentException(files.path(ModelFiles.TOKENIZER_CONFIG) + ": " + field + " is " + value
                    + ", which is not a token of " + ModelFiles.TOKENIZER
                    + " that the model knows; name one of its tokens, or remove the field");
        }
        return id;
    }

    private static List<Integer> ids(JsonNode json, String field) {
        JsonNode value = json.path(field);
        List<Integer> ids = new ArrayList<>();
        if (value.isInt()) {
            ids.add(value.asInt());
        }
        value.forEach(id -> ids.add(id.asInt()));
        return ids;
    }

    /** Some configurations have -1, or an id of another tokenizer, for a token that they do not use. */
    private static OptionalInt first(JsonNode generation, JsonNode config, String field, Vocabulary vocabulary) {
        return Stream.of(generation, config)
                .flatMap(json -> ids(json, field).stream())
                .filter(id -> id >= 0 && id < vocabulary.size())
                .mapToInt(Integer::intValue)
                .findFirst();
    }

    private static void check(ModelFiles files, Vocabulary vocabulary, String field, int id) {
        if (id < 0 || id >= vocabulary.size()) {
            throw new IllegalArgumentException(files.path(ModelFiles.GENERATION_CONFIG) + " or config.json: " + field
                    + " has " + id + ", but " + ModelFiles.TOKENIZER + " has the ids 0 to " + (vocabulary.size() - 1)
                    + "; use the id of one of its tokens");
        }
    }

    private static IllegalArgumentException noEnd(ModelFiles files) {
        return new IllegalArgumentException(files.path(ModelFiles.GENERATION_CONFIG)
                + ": eos_token_id is missing, and so is eos_token in " + ModelFiles.TOKENIZER_CONFIG
                + "; name the token that ends a sequence");
    }
}
