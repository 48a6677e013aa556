package dev.krpo.policy.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CharTokenizerTest {

    private final CharTokenizer tokenizer = new CharTokenizer("0123456789+-*/=() <>answer.,?");

    @Test
    void shouldDecodeTheTextThatItEncoded() {
        String text = "(12+34)*5-6/7= <answer>";

        assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
    }

    @Test
    void shouldNameTheCharacterThatHasNoToken() {
        assertThatThrownBy(() -> tokenizer.encode("1+x="))
                .hasMessageContaining("Character 'x' (U+0078) at position 2")
                .hasMessageContaining("the tokenizer knows");
    }

    @Test
    void shouldHaveOneTokenForEachCharacterOfTheTexts() {
        assertThat(CharTokenizer.of(Stream.of("banana", "cab"))).isEqualTo(new CharTokenizer("abcn"));
        assertThatThrownBy(() -> CharTokenizer.of(Stream.of("ab\uD83D\uDE00")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("U+1F600");
    }

    @Test
    void shouldReadTheFileThatItWrote(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        Files.write(file, tokenizer.files().get("tokenizer.json"));

        CharTokenizer loaded = CharTokenizer.load(file);

        assertThat(loaded.vocabularySize()).isEqualTo(tokenizer.vocabularySize());
        assertThat(loaded.encode("9*9=")).isEqualTo(tokenizer.encode("9*9="));
    }

    @Test
    void shouldRejectAnotherKindOfTokenizer(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(file, "{\"model\": {\"vocab\": {\"hello\": 0}}}");

        assertThatThrownBy(() -> CharTokenizer.load(file)).hasMessageContaining("model.type is");
    }
}
