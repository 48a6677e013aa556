package dev.krpo.policy.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** One token a character, behind the special tokens {@code <pad>}, {@code <bos>} and {@code <eos>} (ids 0, 1, 2). */
public final class CharTokenizer implements Tokenizer {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String[] SPECIAL = {"<pad>", "<bos>", "<eos>"};

    private final String characters;

    private CharTokenizer(String characters) {
        this.characters = characters;
    }

    /** Digits, operators, brackets and the letters of the {@code <answer>} tag. */
    public static CharTokenizer arithmetic() {
        return new CharTokenizer("0123456789+-*/=() <>answer"
                .chars()
                .distinct()
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString());
    }

    /**
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if it is no tokenizer of this kind, naming the file and what is wrong
     */
    public static CharTokenizer load(Path tokenizerJson) throws IOException {
        JsonNode vocabulary =
                JSON.readTree(tokenizerJson.toFile()).path("model").path("vocab");
        Map<Integer, String> byId = new TreeMap<>();
        vocabulary.properties().forEach(entry -> byId.put(entry.getValue().asInt(-1), entry.getKey()));
        StringBuilder characters = new StringBuilder();
        for (int id = 0; id < byId.size(); id++) {
            String token = byId.get(id);
            boolean fits = token != null && (id < SPECIAL.length ? token.equals(SPECIAL[id]) : token.length() == 1);
            if (!fits) {
                throw new IllegalArgumentException(tokenizerJson + ": token " + id + " is " + token
                        + "; a character tokenizer has " + Arrays.toString(SPECIAL)
                        + " first and then one character a token, without gaps");
            }
            if (id >= SPECIAL.length) {
                characters.append(token);
            }
        }
        if (characters.isEmpty()) {
            throw new IllegalArgumentException(tokenizerJson + ": model.vocab is missing or empty");
        }
        return new CharTokenizer(characters.toString());
    }

    @Override
    public int[] encode(String text) {
        int[] ids = new int[text.length()];
        for (int i = 0; i < ids.length; i++) {
            int index = characters.indexOf(text.charAt(i));
            if (index < 0) {
                throw new IllegalArgumentException("character '" + text.charAt(i) + "' at position " + i + " of \""
                        + text + "\" has no token; known characters: " + characters);
            }
            ids[i] = SPECIAL.length + index;
        }
        return ids;
    }

    @Override
    public String decode(int[] tokens) {
        StringBuilder text = new StringBuilder();
        for (int token : tokens) {
            if (token >= SPECIAL.length) {
                text.append(characters.charAt(token - SPECIAL.length));
            }
        }
        return text.toString();
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
    public int bosId() {
        return 1;
    }

    @Override
    public int eosId() {
        return 2;
    }

    @Override
    public String toJson() {
        ObjectNode json = JSON.createObjectNode();
        json.put("version", "1.0");
        json.putNull("truncation");
        json.putNull("padding");
        ArrayNode added = json.putArray("added_tokens");
        ObjectNode vocabulary = JSON.createObjectNode();
        for (int id = 0; id < SPECIAL.length; id++) {
            vocabulary.put(SPECIAL[id], id);
            added.addObject()
                    .put("id", id)
                    .put("content", SPECIAL[id])
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        for (int i = 0; i < characters.length(); i++) {
            vocabulary.put(String.valueOf(characters.charAt(i)), SPECIAL.length + i);
        }
        json.putNull("normalizer");
        ObjectNode split = json.putObject("pre_tokenizer");
        split.put("type", "Split");
        split.putObject("pattern").put("Regex", ".");
        split.put("behavior", "Isolated");
        split.put("invert", false);
        json.putNull("post_processor");
        json.putObject("decoder").put("type", "Fuse");
        ObjectNode model = json.putObject("model");
        model.put("type", "WordLevel");
        model.set("vocab", vocabulary);
        model.put("unk_token", SPECIAL[0]);
        return json.toPrettyString() + "\n";
    }
}
