package dev.krpo.policy.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.family.ModelFamilies;
import dev.krpo.policy.tokenizer.HuggingFaceTokenizer;
import dev.krpo.policy.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of a Hugging Face tokenizer travel from the base model through every checkpoint. */
class TokenizerFilesTest {

    private static final Path BYTE_LEVEL = Path.of("src/test/resources/golden/tokenizers/byte-level");

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path root;

    @Test
    void shouldCopyTheFilesOfATokenizerByteForByte() throws IOException {
        Path base = baseModel();
        Path first = rewritten(base, "v1");
        Path second = rewritten(first, "v2");

        try (Stream<Path> files = Files.walk(base).filter(Files::isRegularFile)) {
            List<Path> copied = files.map(base::relativize).toList();
            assertThat(copied).hasSize(5);
            for (Path file : copied) {
                assertThat(second.resolve(file)).as(file.toString()).hasSameBinaryContentAs(base.resolve(file));
            }
        }
        assertThat(second.resolve("special_tokens_map.json")).doesNotExist();
        assertThat(HuggingFaceTokenizer.load(second)).isEqualTo(HuggingFaceTokenizer.load(base));
    }

    @Test
    void shouldKeepEveryEndTokenOfAModelWithoutGenerationConfig() throws IOException {
        Path base = rewritten(baseModel(), "v0");
        Files.delete(base.resolve("generation_config.json"));
        Path configJson = base.resolve("config.json");
        ObjectNode config = (ObjectNode) JSON.readTree(configJson.toFile());
        assertThat(config.has("bos_token_id"))
                .as("the tokenizer has no beginning token")
                .isFalse();
        config.putArray("eos_token_id").add(3).add(4);
        Files.writeString(configJson, config.toString());

        Tokenizer tokenizer = HuggingFaceTokenizer.load(rewritten(base, "v1"));

        assertThat(tokenizer).isEqualTo(HuggingFaceTokenizer.load(base));
        assertThat(Stream.of(3, 4, tokenizer.eosId())).allMatch(tokenizer::isEnd);
    }

    private Path baseModel() throws IOException {
        Path base = Files.createDirectories(root.resolve("base/chat_templates")).getParent();
        for (String file : List.of("tokenizer.json", "tokenizer_config.json", "generation_config.json")) {
            Files.copy(BYTE_LEVEL.resolve(file), base.resolve(file));
        }
        Files.writeString(base.resolve("chat_template.jinja"), "{{ messages }}\r\n");
        Files.writeString(base.resolve("chat_templates/tool_use.jinja"), "{{ tools }}");
        return base;
    }

    /** A checkpoint of a tiny model with the tokenizer of a directory. */
    private Path rewritten(Path directory, String name) throws IOException {
        TorchEngine.configure(1);
        Tokenizer tokenizer = HuggingFaceTokenizer.load(directory);
        Path configJson = directory.resolve("config.json");
        ModelConfig shape = Files.exists(configJson)
                ? ModelFamilies.load(configJson)
                : new ModelConfig(tokenizer.vocabularySize(), 8, 8, 1, 2, 1, 16, 1e-5, 10_000, true, 0.1);
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(root.resolve("checkpoints"));
        store.create();
        try (Policy policy = Policy.initialise(shape, tokenizer, 1, Device.cpu())) {
            CheckpointRef ref =
                    store.write(name, new CheckpointContents(policy.config(), tokenizer, policy.snapshot(), Map.of()));
            return store.open(ref.uri(), ref.sha256());
        }
    }
}
