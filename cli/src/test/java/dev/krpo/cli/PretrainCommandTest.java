package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.policy.tokenizer.CharTokenizer;
import dev.krpo.policy.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PretrainCommandTest {

    @TempDir
    private Path folder;

    private Path train;
    private Path model;

    @BeforeEach
    void writeQuestions() throws IOException {
        train = Files.writeString(
                folder.resolve("train.jsonl"),
                "{\"question\":\"1+2=\",\"answer\":\"3\"}\n{\"question\":\"2+2=\",\"answer\":\"4\"}\n");
        model = folder.resolve("model");
    }

    private Cli pretrain(String options) {
        return Cli.run(("pretrain " + train + " --out " + model + " --hidden 16 --intermediate 16 --layers 1"
                        + " --kv-heads 1 --max-positions 16 --batch-size 4 --max-new-tokens 3 " + options)
                .split(" "));
    }

    @Test
    void shouldPrintAndSaveTheCommandThatReproducesTheModel() throws IOException {
        Cli run = pretrain("--steps 3 --held-out " + train);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("% of 2 held-out questions (greedy)");
        byte[] weights = Files.readAllBytes(model.resolve("model.safetensors"));
        String command = run.out()
                .lines()
                .filter(line -> line.startsWith("created by: krpo "))
                .findFirst()
                .orElseThrow()
                .substring("created by: krpo ".length());
        assertThat(model.resolve("krpo.json")).content().contains("krpo " + command);

        Files.move(model, model.resolveSibling("first"));
        Cli again = Cli.run(command.split(" "));

        assertThat(again.exitCode()).as(again.err()).isZero();
        assertThat(Arrays.equals(Files.readAllBytes(model.resolve("model.safetensors")), weights))
                .isTrue();
    }

    @Test
    void shouldLearnTheAnswers() {
        Cli run = pretrain("--steps 150 --learning-rate 0.02 --held-out " + train);

        assertThat(run.out()).as(run.err()).contains("it answers 100.0 % of 2 held-out questions");
    }

    @Test
    void shouldKnowTheCharactersOfItsDataInTheirOrder() throws IOException {
        Files.writeString(train, "{\"question\":\"Größe?\",\"answer\":\"groß\"}\n");
        Path heldOut =
                Files.writeString(folder.resolve("held-out.jsonl"), "{\"question\":\"mehr?\",\"answer\":\"viel\"}\n");

        Cli run = pretrain("--steps 1 --held-out " + heldOut);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(Tokenizers.load(model.resolve("tokenizer.json"))).isEqualTo(new CharTokenizer("?Geghilmorvßö"));
    }

    @Test
    void shouldKnowTheCharactersOfTheAlphabetAndNameTheOneThatItLacks() throws IOException {
        Path alphabet = Files.writeString(folder.resolve("alphabet.txt"), "4321=+ \n");

        Cli run = pretrain("--steps 1 --alphabet " + alphabet);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(Tokenizers.load(model.resolve("tokenizer.json"))).isEqualTo(new CharTokenizer("4321=+ "));

        Files.writeString(alphabet, "321=+");
        Cli lacking = pretrain("--steps 1 --alphabet " + alphabet);

        assertThat(lacking.exitCode()).isEqualTo(2);
        assertThat(lacking.err())
                .contains("--alphabet " + alphabet, "Character '4'")
                .hasLineCount(1);
    }

    @Test
    void shouldMakeTheTokenizerOfTheExampleFromItsAlphabet() throws IOException {
        Path example = Path.of("..", "examples", "arithmetic");

        Cli run = pretrain("--steps 1 --alphabet " + example.resolve("alphabet.txt"));

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(model.resolve("tokenizer.json"))
                .hasSameTextualContentAs(example.resolve("base-model/tokenizer.json"));
    }

    @ParameterizedTest
    @CsvSource({
        "--alphabet none.txt, --alphabet: none.txt cannot be read",
        "--steps 0, --steps is 0",
        "--learning-rate NaN, --learning-rate is NaN",
        "--heads 3, num_attention_heads 3",
        "--held-out none.jsonl, no such file: none.jsonl"
    })
    void shouldRejectInvalidOptions(String option, String problem) {
        Cli run = pretrain(option);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains(problem).hasLineCount(1);
        assertThat(model).doesNotExist();
    }
}
