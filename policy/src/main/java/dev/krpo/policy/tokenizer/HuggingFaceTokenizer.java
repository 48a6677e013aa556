package dev.krpo.policy.tokenizer;

import ai.djl.engine.EngineException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A tokenizer of Hugging Face's library tokenizers, through DJL's native binding. It gives the ids and texts that
 * AutoTokenizer of transformers gives, with {@code skip_special_tokens} when decoding.
 */
public final class HuggingFaceTokenizer implements Tokenizer {

    /** The file may ask for truncation and padding, which transformers applies only on request. */
    private static final Map<String, String> PLAIN =
            Map.of("addSpecialTokens", "false", "truncation", "do_not_truncate", "padding", "do_not_pad");

    private final ModelFiles files;
    private final Vocabulary vocabulary;
    private final SpecialTokens special;
    private final ai.djl.huggingface.tokenizers.HuggingFaceTokenizer tokenizer;

    private HuggingFaceTokenizer(
            ModelFiles files,
            Vocabulary vocabulary,
            SpecialTokens special,
            ai.djl.huggingface.tokenizers.HuggingFaceTokenizer tokenizer) {
        this.files = files;
        this.vocabulary = vocabulary;
        this.special = special;
        this.tokenizer = tokenizer;
    }

    /**
     * Reads {@code tokenizer.json}, {@code tokenizer_config.json} and {@code generation_config.json} of a model's
     * directory; the last two may be missing if {@code config.json} names the end token.
     *
     * @throws IOException if a file cannot be read
     * @throws IllegalArgumentException if a file is malformed or inconsistent with another, naming file, field and
     *     remedy
     */
    public static HuggingFaceTokenizer load(Path directory) throws IOException {
        ModelFiles files = ModelFiles.read(directory);
        return of(files, files.json(ModelFiles.TOKENIZER));
    }

    static HuggingFaceTokenizer of(ModelFiles files, JsonNode json) throws IOException {
        Path file = files.path(ModelFiles.TOKENIZER);
        if (json.isMissingNode()) {
            throw new IllegalArgumentException(
                    file + " is missing; AutoTokenizer of transformers writes it with " + "save_pretrained");
        }
        Vocabulary vocabulary =
                new Vocabulary(file, json, files.config().path("vocab_size").asInt(-1));
        checkCleanUp(files, json.path("model").path("type").asText());
        SpecialTokens special = SpecialTokens.read(files, vocabulary);
        return new HuggingFaceTokenizer(files, vocabulary, special, open(file, files));
    }

    /** Transformers ignores it for BPE, and for others it removes spaces that a model wrote. */
    private static void checkCleanUp(ModelFiles files, String type) throws IOException {
        String field = "clean_up_tokenization_spaces";
        if (!type.equals("BPE")
                && files.json(ModelFiles.TOKENIZER_CONFIG).path(field).asBoolean()) {
            throw new IllegalArgumentException(
                    files.path(ModelFiles.TOKENIZER_CONFIG) + ": " + field + " is true for a tokenizer of type " + type
                            + "; set it to false, so that texts keep their spaces");
        }
    }

    private static ai.djl.huggingface.tokenizers.HuggingFaceTokenizer open(Path file, ModelFiles files)
            throws IOException {
        try {
            return ai.djl.huggingface.tokenizers.HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(files.contents().get(ModelFiles.TOKENIZER)), PLAIN);
        } catch (EngineException | LinkageError e) {
            throw new IllegalStateException(
                    "The native library of Hugging Face tokenizers cannot be loaded on "
                            + System.getProperty("os.name") + " " + System.getProperty("os.arch")
                            + "; it exists for Linux (x86_64, aarch64), macOS (aarch64) and Windows (x86_64)",
                    e);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    file + " cannot be read by Hugging Face tokenizers: " + e.getMessage(), e);
        }
    }

    @Override
    public int[] encode(String text) {
        return encode(text, false);
    }

    @Override
    public int[] encodePrompt(String text) {
        int[] ids = encode(text, true);
        int extra = 0;
        while (special.bos().isPresent()
                && startsWithTwo(ids, extra, special.bos().getAsInt())) {
            extra++;
        }
        return Arrays.copyOfRange(ids, extra, ids.length);
    }

    private static boolean startsWithTwo(int[] ids, int from, int bos) {
        return from + 1 < ids.length && ids[from] == bos && ids[from + 1] == bos;
    }

    private int[] encode(String text, boolean asPrompt) {
        checkUnicode(text);
        long[] encoded = nativeIds(text, asPrompt);
        int[] ids = new int[encoded.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = Math.toIntExact(encoded[i]);
            if (ids[i] >= vocabulary.size()) {
                throw new IllegalArgumentException(
                        "The text has the token " + vocabulary.token(ids[i]) + " with the id " + ids[i]
                                + ", but the model's vocab_size is " + vocabulary.size() + "; remove it from the text");
            }
        }
        return ids;
    }

    /** Fenced, since its finalizer frees the native tokenizer. */
    private long[] nativeIds(String text, boolean asPrompt) {
        try {
            return tokenizer.encode(text, asPrompt, false).getIds();
        } finally {
            Reference.reachabilityFence(tokenizer);
        }
    }

    private static void checkUnicode(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isHighSurrogate(text.charAt(i))
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(text.charAt(i))) {
                throw new IllegalArgumentException(String.format(
                        "The text has half a character (U+%04X) at position %d; remove it", (int) text.charAt(i), i));
            }
        }
    }

    /** Ids beyond the vocabulary, which a model may have, stand for nothing and are omitted, as in transformers. */
    @Override
    public String decode(int[] ids) {
        long[] all = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0) {
                throw new IllegalArgumentException("Token " + ids[i] + " is negative; ids start at 0");
            }
            all[i] = ids[i];
        }
        try {
            return tokenizer.decode(all, true);
        } finally {
            Reference.reachabilityFence(tokenizer);
        }
    }

    @Override
    public StreamingDecoder streamingDecoder() {
        return new StreamingDecoder(this::decode, vocabulary::isOmitted, vocabulary::isByte);
    }

    @Override
    public String token(int id) {
        return vocabulary.token(id);
    }

    @Override
    public int vocabularySize() {
        return vocabulary.size();
    }

    @Override
    public int padId() {
        return special.pad();
    }

    @Override
    public OptionalInt bosId() {
        return special.bos();
    }

    @Override
    public int eosId() {
        return special.eos();
    }

    @Override
    public boolean isEnd(int id) {
        return special.ends().contains(id);
    }

    @Override
    public List<String> stopStrings() {
        return special.stopStrings();
    }

    @Override
    public Map<String, byte[]> files() {
        return files.contents();
    }

    ModelFiles source() {
        return files;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HuggingFaceTokenizer that
                && that.special.equals(special)
                && that.vocabulary.size() == vocabulary.size()
                && Arrays.equals(definition(that), definition(this));
    }

    private static byte[] definition(HuggingFaceTokenizer tokenizer) {
        return tokenizer.files.contents().get(ModelFiles.TOKENIZER);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(definition(this));
    }

    @Override
    public String toString() {
        return "HuggingFaceTokenizer[" + vocabulary.size() + " tokens of " + files.path(ModelFiles.TOKENIZER) + "]";
    }
}
