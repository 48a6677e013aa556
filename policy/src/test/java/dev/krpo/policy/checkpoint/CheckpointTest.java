package dev.krpo.policy.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TinyPolicies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {

    /** The ids of the special tokens, which a fresh configuration lacks. */
    private static final String WRITTEN = "otherFields";

    @TempDir
    private Path root;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldReadBackTheSameBits(boolean tiedEmbeddings) {
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(root);
        try (Policy policy = TinyPolicies.random(3, tiedEmbeddings)) {
            CheckpointRef ref = store.write("v1", contents(policy));
            try (Policy loaded = Policy.load(store.open(ref.uri(), ref.sha256()), Device.cpu())) {
                assertThat(loaded.config())
                        .usingRecursiveComparison()
                        .ignoringFields(WRITTEN)
                        .isEqualTo(policy.config());
                assertThat(loaded.tokenizer()).isEqualTo(policy.tokenizer());
                assertThat(loaded.snapshot()).isEqualTo(policy.snapshot());
            }
        }
    }

    @Test
    void shouldGiveEqualWeightsEqualHashes() {
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(root);
        try (Policy policy = TinyPolicies.random(3);
                Policy twin = TinyPolicies.random(3);
                Policy other = TinyPolicies.random(4)) {
            CheckpointRef ref = store.write("v1", contents(policy));

            assertThat(store.write("v2", contents(twin)).sha256()).isEqualTo(ref.sha256());
            assertThat(store.write("v3", contents(other)).sha256()).isNotEqualTo(ref.sha256());
            assertThat(ref.sizeBytes())
                    .isEqualTo(root.resolve("v1/model.safetensors").toFile().length());
        }
    }

    @Test
    void shouldReadBackOptimizerStateAndMetadata() {
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(root);
        try (Policy policy = TinyPolicies.random(3)) {
            CheckpointContents written = new CheckpointContents(
                    policy.config(),
                    policy.tokenizer(),
                    policy.snapshot(),
                    Map.of("step", new HostTensor(new float[] {17})),
                    Map.of("version", "17"));

            CheckpointRef ref = store.write("v17", written);

            assertThat(CheckpointContents.read(store.open(ref.uri(), ref.sha256())))
                    .usingRecursiveComparison()
                    .ignoringFields("config." + WRITTEN)
                    .isEqualTo(written);
        }
    }

    @Test
    void shouldNameTheFileAndBothHashesWhenTheWeightsWereChanged() throws IOException {
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(root);
        try (Policy policy = TinyPolicies.random(3)) {
            CheckpointRef ref = store.write("v1", contents(policy));
            Path weights = root.resolve("v1/model.safetensors");
            damage(weights);

            assertThatThrownBy(() -> store.open(ref.uri(), ref.sha256()))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining(weights.toString())
                    .hasMessageContaining(ref.sha256())
                    .hasMessageContaining(CheckpointContents.sha256(weights));
        }
    }

    @Test
    void shouldNameTheOptimizerStateThatWasChanged() throws IOException {
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(root);
        try (Policy policy = TinyPolicies.random(3)) {
            Map<String, HostTensor> optimizer = Map.of("step", new HostTensor(new float[] {17}));
            store.write(
                    "v1", new CheckpointContents(policy.config(), policy.tokenizer(), policy.snapshot(), optimizer));
            damage(root.resolve("v1/optimizer.safetensors"));

            assertThatThrownBy(() -> CheckpointContents.read(root.resolve("v1")))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("optimizer.safetensors has SHA-256");
        }
    }

    @Test
    void shouldIgnoreAndReplaceLeftoversOfAnInterruptedWrite() throws IOException {
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(root);
        Files.createDirectories(root.resolve(".v1.partial"));
        Files.writeString(root.resolve(".v1.partial/model.safetensors"), "half");
        assertThat(store.names()).isEmpty();
        assertThat(store.unfinished()).containsExactly("v1");

        try (Policy policy = TinyPolicies.random(3)) {
            store.write("v1", contents(policy));
        }

        assertThat(store.names()).containsExactly("v1");
        assertThat(children()).containsExactly("v1");
    }

    @Test
    void shouldNeverReplaceACheckpoint() {
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(root);
        try (Policy policy = TinyPolicies.random(3);
                Policy other = TinyPolicies.random(4)) {
            CheckpointRef ref = store.write("v1", contents(policy));

            assertThatThrownBy(() -> store.write("v1", contents(other)))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("it already exists");

            assertThat(store.open(ref.uri(), ref.sha256())).isDirectory();
        }
    }

    @Test
    void shouldLeaveNoPartialCheckpointWhenWritingFails() throws IOException {
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(root);
        try (Policy policy = TinyPolicies.random(3)) {
            Map<String, HostTensor> unwritable = new LinkedHashMap<>(policy.snapshot());
            unwritable.put("broken", null);

            assertThatThrownBy(() -> store.write(
                            "v1", new CheckpointContents(policy.config(), policy.tokenizer(), unwritable, Map.of())))
                    .isInstanceOf(NullPointerException.class);

            assertThat(children()).isEmpty();
        }
    }

    @Test
    void shouldReportAMissingDirectoryAndNeverCreateIt() throws IOException {
        Path missing = root.resolve("mount");
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(missing);
        try (Policy policy = TinyPolicies.random(3)) {
            assertThatThrownBy(() -> store.write("v1", contents(policy)))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("the directory " + missing + " is missing; is its file system mounted?")
                    .hasMessageNotContaining("bytes are free");
            assertThatThrownBy(() -> store.open("v1", "ab12")).hasMessageContaining("as is the whole directory");
            assertThat(store.has("v1")).isFalse();
            assertThat(missing).doesNotExist();

            store.create();
            store.claim("a run");
            store.write("v1", contents(policy));
            Files.delete(missing.resolve("krpo-owner"));
            assertThatThrownBy(() -> store.write("v2", contents(policy)))
                    .as("the mount point without what was mounted there")
                    .hasMessageContaining("krpo-owner is gone; is its file system mounted?");
            assertThat(store.has("v1")).isTrue();
            assertThat(store.has("../mount/v1")).isFalse();
        }
    }

    @Test
    void shouldBelongToOneRun() {
        new DirectoryCheckpointStore(root).claim("a run");
        new DirectoryCheckpointStore(root).claim("a run");

        assertThatThrownBy(() -> new DirectoryCheckpointStore(root).claim("another run"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("belongs to a run, but this is another run")
                .hasMessageContaining("another policy.checkpoints");
    }

    @Test
    void shouldListAndDeleteCheckpoints() {
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(root);
        try (Policy policy = TinyPolicies.random(3)) {
            CheckpointRef ref = store.write("v2", contents(policy));
            store.write("v1", contents(policy));
            assertThat(store.names()).containsExactly("v1", "v2");

            store.delete("v2");
            store.delete("v2");

            assertThat(store.names()).containsExactly("v1");
            assertThatThrownBy(() -> store.open(ref.uri(), ref.sha256()))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("is missing");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".hidden", "..", "a/b", "/tmp"})
    void shouldRejectANameThatEscapesTheRoot(String name) {
        DirectoryCheckpointStore store = new DirectoryCheckpointStore(root);

        assertThatThrownBy(() -> store.delete(name)).hasMessageContaining("is not a checkpoint name");
    }

    @Test
    void shouldNameAMissingAnUnknownAndAMisshapenTensor() throws IOException {
        try (Policy policy = TinyPolicies.random(3)) {
            new DirectoryCheckpointStore(root).write("v1", contents(policy));
            Map<String, HostTensor> weights = policy.snapshot();
            String name = "model.layers.1.mlp.up_proj.weight";

            Map<String, HostTensor> missing = new LinkedHashMap<>(weights);
            missing.remove(name);
            assertRejected(missing, "tensor " + name + " is missing");

            Map<String, HostTensor> unknown = new LinkedHashMap<>(weights);
            unknown.put("model.extra", new HostTensor(new float[1], 1));
            assertRejected(unknown, "tensor model.extra is not in this model");

            Map<String, HostTensor> misshapen = new LinkedHashMap<>(weights);
            misshapen.put(name, new HostTensor(weights.get(name).values(), 32, 48));
            assertRejected(misshapen, "tensor " + name + " has shape [32, 48]; config.json requires [48, 32]");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"model_type\" : \"llama\"/\"model_type\" : \"gpt2\"",
                "\"hidden_act\" : \"silu\"/\"hidden_act\" : \"gelu\"",
                "\"attention_bias\" : false/\"attention_bias\" : \"some\"",
                "\"hidden_size\" : 32/\"hidden_size\" : \"wide\"",
                "\"num_key_value_heads\" : 2/\"num_key_value_heads\" : 3",
            })
    void shouldNameTheFieldOfTheConfigurationThatIsNotSupported(String change) throws IOException {
        try (Policy policy = TinyPolicies.random(3)) {
            new DirectoryCheckpointStore(root).write("v1", contents(policy));
        }
        Path config = root.resolve("v1/config.json");
        String[] fromTo = change.split("/");
        String json = Files.readString(config);
        assertThat(json).contains(fromTo[0]);
        Files.writeString(config, json.replace(fromTo[0], fromTo[1]));

        assertThatThrownBy(() -> Policy.load(root.resolve("v1"), Device.cpu()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("config.json: ")
                .hasMessageContaining(change.substring(1, change.indexOf("\" :")));
    }

    /** {@code Files.walk} fails like this on a file system with stale handles. */
    @Test
    void shouldNameTheCheckpointWhenAnUncheckedExceptionPreventsWriting() throws IOException {
        Map<String, HostTensor> stale = new AbstractMap<>() {
            @Override
            public Set<Map.Entry<String, HostTensor>> entrySet() {
                throw new UncheckedIOException(new IOException("Stale file handle"));
            }
        };
        try (Policy policy = TinyPolicies.random(3)) {
            CheckpointContents contents = new CheckpointContents(policy.config(), policy.tokenizer(), stale, Map.of());
            assertThatThrownBy(() -> new DirectoryCheckpointStore(root).write("v1", contents))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("v1 cannot be written")
                    .hasMessageContaining("Stale file handle");
        }
        assertThat(children()).isEmpty();
    }

    private void assertRejected(Map<String, HostTensor> weights, String words) throws IOException {
        Path file = root.resolve("v1/model.safetensors");
        Files.delete(file);
        SafetensorsWriter.write(file, weights);
        assertThatThrownBy(() -> Policy.load(root.resolve("v1"), Device.cpu()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("model.safetensors: ")
                .hasMessageContaining(words);
    }

    private static void damage(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
    }

    private Stream<String> children() throws IOException {
        try (Stream<Path> children = Files.list(root)) {
            return children.map(path -> path.getFileName().toString()).toList().stream();
        }
    }

    private static CheckpointContents contents(Policy policy) {
        return new CheckpointContents(policy.config(), policy.tokenizer(), policy.snapshot(), Map.of());
    }
}
