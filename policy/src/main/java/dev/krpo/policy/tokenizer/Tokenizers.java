package dev.krpo.policy.tokenizer;

import java.io.IOException;
import java.nio.file.Path;

/** Opens the tokenizer of a Hugging Face directory. */
public final class Tokenizers {

    private Tokenizers() {}

    /**
     * Reads a {@code tokenizer.json}.
     *
     * @throws IllegalArgumentException if its kind is not supported, naming the file and the field
     */
    public static Tokenizer load(Path tokenizerJson) throws IOException {
        return CharTokenizer.load(tokenizerJson);
    }
}
