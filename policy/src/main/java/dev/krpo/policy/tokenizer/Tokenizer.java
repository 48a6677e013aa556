package dev.krpo.policy.tokenizer;

/** Text to token ids and back. */
public interface Tokenizer {

    /**
     * The ids of a text, without any special token.
     *
     * @throws IllegalArgumentException if a part of the text has no token, naming it
     */
    int[] encode(String text);

    /** The text of the ids; special tokens (padding, beginning, end) are omitted. */
    String decode(int[] ids);

    /**
     * The vocabulary's name of an id, such as {@code <pad>}.
     *
     * @throws IllegalArgumentException if the id does not exist
     */
    String token(int id);

    /** Number of ids; they start at 0. */
    int vocabularySize();

    /** Fills the unused end of a row. */
    int padId();

    /** Beginning of a sequence. */
    int bosId();

    /** End of a sequence: sampling stops at it. */
    int eosId();

    /** The text of a Hugging Face {@code tokenizer.json}. */
    String toJson();
}
