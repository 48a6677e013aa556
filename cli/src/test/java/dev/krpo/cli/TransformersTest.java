package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.krpo.policy.Policy;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A checkpoint loaded by Hugging Face transformers gives the same answers as {@code krpo eval}. */
class TransformersTest {

    private static final Path EXAMPLE = Path.of("..", "examples", "arithmetic").toAbsolutePath();
    private static final List<String> FILES = List.of(
            "config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "generation_config.json");

    @TempDir
    private Path directory;

    @Test
    void shouldWriteTheFilesThatTransformersReadsNextToTheWeights() throws Exception {
        Path checkpoint = writeCheckpoint();

        for (String file : FILES) {
            assertThat(EXAMPLE.resolve("base-model").resolve(file)).hasSameTextualContentAs(checkpoint.resolve(file));
        }
        assertThat(Files.readString(checkpoint.resolve("tokenizer_config.json")))
                .contains("\"tokenizer_class\" : \"PreTrainedTokenizerFast\"", "\"pad_token\" : \"<pad>\"");
    }

    @Test
    void shouldGiveTheAnswersOfKrpoEval() throws Exception {
        Python python = Python.with("torch", "transformers");
        Path checkpoint = writeCheckpoint();
        Path answers = directory.resolve("answers.jsonl");
        Cli eval = Cli.run(
                "eval",
                "--held-out",
                EXAMPLE.resolve("held-out.jsonl").toString(),
                "--checkpoint",
                checkpoint.toString(),
                "--answers",
                answers.toString());
        assertThat(eval.exitCode()).as(eval.err()).isZero();

        Python.Result check = python.run("tools/models/check_checkpoint.py", checkpoint.toString(), answers.toString());

        assertThat(check.output()).contains("500 of 500 completions are equal");
        assertThat(check.exitCode()).isZero();
    }

    private Path writeCheckpoint() {
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(directory);
        try (Policy policy = Policy.load(EXAMPLE.resolve("base-model"), Device.cpu())) {
            var written = store.write(
                    "v1", new CheckpointContents(policy.config(), policy.tokenizer(), policy.snapshot(), Map.of()));
            return store.open(written.uri(), written.sha256());
        }
    }
}
