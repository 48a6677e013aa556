package dev.krpo.policy.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * One token per character: 0 padding, 1 beginning, 2 end, then the characters in order. Its {@code tokenizer.json} is a
 * byte-pair tokenizer without merges, which Hugging Face tokenizes identically.
 */
public final class CharTokenizer implements Tokenizer {

    private static final String[] SPECIAL = {"<pad>", "<bos>", "<eos>"};
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String characters;
    private final int[] idOf;

    /**
     * A tokenizer over the given characters.
     *
     * @throws IllegalArgumentException if a character occurs twice or is outside the basic multilingual plane, naming
     *     it
     */
    public CharTokenizer(String characters) {
        this.characters = characters;
        this.idOf = new int[characters.chars().max().orElse(0) + 1];
        for (int i = 0; i < characters.length(); i++) {
            char character = characters.charAt(i);
            if (Character.isSurrogate(character)) {
                throw new IllegalArgumentException(String.format(
                        "Character U+%04X is above U+FFFF and cannot have a token of its own; remove it",
                        characters.codePointAt(i)));
            }
            if (idOf[character] != 0) {
                throw new IllegalArgumentException("Character '" + character + "' occurs twice in \"" + characters
                        + "\"; each character may have only one token");
            }
            idOf[character] = SPECIAL.length + i;
        }
    }

    /**
     * A tokenizer over the characters of texts, in the order of their code points.
     *
     * @throws IllegalArgumentException if a character is outside the basic multilingual plane, naming it
     */
    public static CharTokenizer of(Stream<String> texts) {
        return new CharTokenizer(texts.flatMapToInt(String::codePoints)
                .distinct()
                .sorted()
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString());
    }

    @Override
    public int[] encode(String text) {
        int[] ids = new int[text.length()];
        for (int i = 0; i < ids.length; i++) {
            char character = text.charAt(i);
            ids[i] = character < idOf.length ? idOf[character] : 0;
            if (ids[i] == 0) {
                throw new IllegalArgumentException(String.format(
                        "Character '%c' (U+%04X) at position %d of \"%s\" has no token; the tokenizer knows \"%s\"",
                        character, (int) character, i, text, characters));
            }
        }
        return ids;
    }

    @Override
    public String decode(int[] ids) {
        StringBuilder text = new StringBuilder(ids.length);
        for (int id : ids) {
            String token = token(id);
            if (id >= SPECIAL.length) {
                text.append(token);
            }
        }
        return text.toString();
    }

    @Override
    public String token(int id) {
        if (id < 0 || id >= vocabularySize()) {
            throw new IllegalArgumentException(
                    "Token " + id + " is not one of the " + vocabularySize() + " known ones");
        }
        return id < SPECIAL.length ? SPECIAL[id] : String.valueOf(characters.charAt(id - SPECIAL.length));
    }

    @Override
    public int vocabularySize() {
        return SPECIAL.length + characters.length();
    }

    @Override
    public int padId() {
        return 0;
    }

    @Override
    public OptionalInt bosId() {
        return OptionalInt.of(1);
    }

    @Override
    public int eosId() {
        return 2;
    }

    @Override
    public Map<String, byte[]> files() {
        return Map.of(ModelFiles.TOKENIZER, toJson().getBytes(StandardCharsets.UTF_8));
    }

    private String toJson() {
        ObjectNode json = JSON.createObjectNode().put("version", "1.0");
        ArrayNode added = json.putArray("added_tokens");
        ObjectNode vocabulary = JSON.createObjectNode();
        for (int id = 0; id < SPECIAL.length; id++) {
            added.addObject()
                    .put("id", id)
                    .put("content", SPECIAL[id])
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
            vocabulary.put(SPECIAL[id], id);
        }
        for (int i = 0; i < characters.length(); i++) {
            vocabulary.put(String.valueOf(characters.charAt(i)), SPECIAL.length + i);
        }
        json.putObject("decoder").put("type", "Fuse");
        ObjectNode model = json.putObject("model").put("type", "BPE");
        model.set("vocab", vocabulary);
        model.putArray("merges");
        return json.toPrettyString() + "\n";
    }

    /** True if a {@code tokenizer.json} is one of {@link #files}. */
    static boolean wrote(JsonNode json) {
        JsonNode model = json.path("model");
        boolean special = true;
        for (int id = 0; id < SPECIAL.length; id++) {
            special &= model.path("vocab").path(SPECIAL[id]).asInt(-1) == id;
        }
        return special
                && model.path("type").asText().equals("BPE")
                && model.path("merges").isEmpty()
                && json.path("added_tokens").size() == SPECIAL.length
                && !json.hasNonNull("pre_tokenizer");
    }

    /**
     * Reads a {@code tokenizer.json} of {@link #files}.
     *
     * @throws IllegalArgumentException if it is of an unsupported kind, naming the file and the field
     */
    public static CharTokenizer load(Path tokenizerJson) throws IOException {
        JsonNode model = JSON.readTree(tokenizerJson.toFile()).path("model");
        if (!model.path("type").asText().equals("BPE") || !model.path("merges").isEmpty()) {
            throw new IllegalArgumentException(tokenizerJson + ": model.type is " + model.path("type") + " with "
                    + model.path("merges").size()
                    + " model.merges; only a character tokenizer (type BPE without merges) is supported");
        }
        JsonNode vocabulary = model.path("vocab");
        char[] characters = new char[Math.max(0, vocabulary.size() - SPECIAL.length)];
        for (var entry : vocabulary.properties()) {
            String token = entry.getKey();
            int id = entry.getValue().asInt(-1);
            boolean special = Arrays.asList(SPECIAL).indexOf(token) == id;
            int index = id - SPECIAL.length;
            if (!special && (token.length() != 1 || index < 0 || index >= characters.length)) {
                throw new IllegalArgumentException(tokenizerJson + ": model.vocab has \"" + token + "\": "
                        + entry.getValue() + "; one character with an id from " + SPECIAL.length + " is needed");
            }
            if (!special) {
                characters[index] = token.charAt(0);
            }
        }
        return new CharTokenizer(new String(characters));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CharTokenizer tokenizer && tokenizer.characters.equals(characters);
    }

    @Override
    public int hashCode() {
        return characters.hashCode();
    }

    @Override
    public String toString() {
        return "CharTokenizer[" + characters + "]";
    }
}
