package dev.krpo.policy.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;

/** Opens the tokenizer of a Hugging Face directory. */
public final class Tokenizers {

    /** Workers open every version of a policy, and all have the same tokenizer. */
    private static volatile HuggingFaceTokenizer newest;

    private Tokenizers() {}

    /**
     * Reads a {@code tokenizer.json} and the files beside it: a {@link CharTokenizer} if it wrote the file, else a
     * {@link HuggingFaceTokenizer}.
     *
     * @throws IOException if a file cannot be read
     * @throws IllegalArgumentException if a file is malformed or inconsistent with another, naming file, field and
     *     remedy
     */
    public static Tokenizer load(Path tokenizerJson) throws IOException {
        ModelFiles files = ModelFiles.read(tokenizerJson.toAbsolutePath().getParent());
        HuggingFaceTokenizer known = newest;
        if (known != null && known.source().equals(files)) {
            return known;
        }
        JsonNode json = files.json(ModelFiles.TOKENIZER);
        if (CharTokenizer.wrote(json)) {
            return CharTokenizer.load(tokenizerJson);
        }
        HuggingFaceTokenizer loaded = HuggingFaceTokenizer.of(files, json);
        newest = loaded;
        return loaded;
    }
}
