package dev.krpo.cli.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.policy.tokenizer.CharTokenizer;
import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.policy.tokenizer.Tokenizers;
import dev.krpo.settings.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ChatOptionsTest {

    private static final Path GOLDEN = Path.of("..", "policy", "src", "test", "resources", "golden");

    @TempDir
    private Path model;

    @Test
    void shouldAskAQuestionInTheChatTemplateOfTheModel() throws IOException {
        assertThat(options("--chat", "--system", "Be brief.")
                        .rendering(Optional.of(tokenizer()))
                        .apply("What is {{ 4 }} + 18?"))
                .isEqualTo(
                        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhat is {{ 4 }} + 18?<|im_end|>\n"
                                + "<|im_start|>assistant\n");
    }

    @Test
    void shouldLeaveAQuestionAsItIsWithoutChat() {
        assertThat(options().rendering(Optional.empty()).apply("1+2=")).isEqualTo("1+2=");
    }

    @Test
    void shouldNameTheRemedyWhereNoTemplateCanBeFound() {
        assertThatThrownBy(() -> options("--chat").rendering(Optional.empty()))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("--model DIR or policy.baseModel");
        assertThatThrownBy(() -> options("--chat").rendering(Optional.of(new CharTokenizer("01"))))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("the model has no chat template")
                .hasMessageContaining("leave out --chat");
        assertThatThrownBy(() -> options("--system", "Be brief.").check())
                .isInstanceOf(UsageException.class)
                .hasMessage("--system is a message of a chat; add --chat");
    }

    /** A byte-level tokenizer with the chat template of SmolLM2. */
    private Tokenizer tokenizer() throws IOException {
        for (String file : new String[] {"tokenizer.json", "tokenizer_config.json", "generation_config.json"}) {
            Files.copy(GOLDEN.resolve("tokenizers").resolve("byte-level").resolve(file), model.resolve(file));
        }
        Files.copy(GOLDEN.resolve("chat").resolve("smollm2.jinja"), model.resolve("chat_template.jinja"));
        return Tokenizers.load(model.resolve("tokenizer.json"));
    }

    private static ChatOptions options(String... arguments) {
        ChatOptions options = new ChatOptions();
        new CommandLine(new Host(options)).parseArgs(arguments);
        return options;
    }

    @CommandLine.Command
    private record Host(@CommandLine.Mixin ChatOptions options) {}
}
