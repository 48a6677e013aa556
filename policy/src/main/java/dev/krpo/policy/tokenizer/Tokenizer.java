package dev.krpo.policy.tokenizer;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Text to token ids and back. Thread-safe; equal tokenizers give equal ids and texts. */
public interface Tokenizer {

    /**
     * The ids of a text, without any token added: a completion, or a rendered chat. The names of special tokens in the
     * text become these tokens.
     *
     * @throws IllegalArgumentException if a part of the text has no token, naming it
     */
    int[] encode(String text);

    /**
     * The ids of a plain text that the model is to continue, with what the tokenizer puts around it. It has exactly one
     * beginning token if the tokenizer adds one, even if the text starts with it.
     *
     * @throws IllegalArgumentException if a part of the text has no token, naming it
     */
    default int[] encodePrompt(String text) {
        return encode(text);
    }

    /** The text of the ids; special tokens (padding, beginning, end) are omitted. */
    String decode(int[] ids);

    /**
     * Decodes ids one by one, such as those of a completion that is being generated. Not thread-safe.
     *
     * @return a decoder whose texts, joined, are {@link #decode} of all ids
     */
    default StreamingDecoder streamingDecoder() {
        return new StreamingDecoder(this::decode);
    }

    /**
     * The vocabulary's name of an id, such as {@code <pad>}.
     *
     * @throws IllegalArgumentException if the id does not exist
     */
    String token(int id);

    /** Number of ids; they start at 0. The model may have more, which stand for nothing. */
    int vocabularySize();

    /** Fills the unused end of a row. It may be the end token. */
    int padId();

    /** Beginning of a sequence; empty if the model has none. */
    OptionalInt bosId();

    /** The end token that ends an answer in training data. */
    int eosId();

    /** True if sampling stops at this token; several tokens may end a sequence. */
    default boolean isEnd(int id) {
        return id == eosId();
    }

    /** Texts at which generation stops, besides the end tokens. */
    default List<String> stopStrings() {
        return List.of();
    }

    /** The files that make up the tokenizer, byte for byte, by their path within a model's directory. */
    Map<String, byte[]> files();
}
