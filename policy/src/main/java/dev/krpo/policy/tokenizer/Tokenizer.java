package dev.krpo.policy.tokenizer;

/** Text to token ids and back. */
public interface Tokenizer {

    /**
     * @return ids, without special tokens
     * @throws IllegalArgumentException naming the first character that has no token
     */
    int[] encode(String text);

    /** Special tokens give no text. */
    String decode(int[] tokens);

    int vocabularySize();

    int padId();

    int bosId();

    int eosId();

    /** The content of a Hugging Face {@code tokenizer.json}. */
    String toJson();
}
