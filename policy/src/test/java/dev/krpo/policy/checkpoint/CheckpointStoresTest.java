package dev.krpo.policy.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointStoresTest {

    private static final Setting<String> LOCATION = Section.of("test", "Test", "test")
            .text("checkpoints", "checkpoints")
            .doc("A store.");

    @TempDir
    private Path directory;

    /** Opens {@code shelf:} URIs below the directory of temporary files. */
    public static final class Shelf implements CheckpointStoreFactory {

        @Override
        public String name() {
            return "shelf";
        }

        @Override
        public String description() {
            return "a shelf";
        }

        @Override
        public CheckpointStore at(URI root) {
            return new DirectoryCheckpointStore(Path.of(System.getProperty("java.io.tmpdir"), root.getPath()));
        }
    }

    private static CheckpointStore of(String location) {
        return CheckpointStores.of(Config.of(Map.of("test.checkpoints", location), "run.yaml:3"), LOCATION);
    }

    @Test
    void shouldOpenTheSameDirectoryByItsPathAndByItsUri() {
        Path root = directory.resolve("a store");
        new DirectoryCheckpointStore(root).create();
        root.resolve("v1").toFile().mkdir();

        for (String location : new String[] {
            root.toString(), root.toUri().toString(), "FILE:" + root.toUri().getRawPath()
        }) {
            CheckpointStore store = of(location);
            assertThat(store.exists()).as(location).isTrue();
            assertThat(store.location()).isEqualTo(root.toString());
            assertThat(store.names()).containsExactly("v1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"checkpoints", "./s3:a", "/data/a b: #c", "C:checkpoints"})
    void shouldTakeAnythingElseForAPath(String location) {
        assertThat(of(location).location())
                .isEqualTo(Path.of(location).toAbsolutePath().normalize().toString());
    }

    @Test
    void shouldOpenAStoreThatTheClassPathProvides() {
        assertThat(of("shelf:/top").location())
                .isEqualTo(Path.of(System.getProperty("java.io.tmpdir"), "top").toString());
    }

    @Test
    void shouldNameSettingValueSchemesAndRemedyWhenTheSchemeIsUnknown() {
        assertThatThrownBy(() -> of("s3://bucket/checkpoints"))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("run.yaml:3: test.checkpoints is 's3://bucket/checkpoints'; there is no"
                        + " checkpoint store \"s3\"; use one of file = a local directory, or one on a mounted file"
                        + " system; shelf = a shelf; or put the jar that provides s3 into the folder plugins")
                .hasMessageEndingWith("; write ./s3://bucket/checkpoints if it is a path");
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:checkpoints", "file://host/checkpoints", "file:///checkpoints?version=1"})
    void shouldNameTheRemedyWhenAFileUriNamesNoDirectory(String location) {
        assertThatThrownBy(() -> of(location))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining("test.checkpoints is '" + location + "'; use a path, or a URI such as")
                .hasMessageContaining("file:///data/checkpoints: ");
    }

    @Test
    void shouldNameTheCharacterThatAUriCannotContain() {
        assertThatThrownBy(() -> of("file:///a b"))
                .hasMessageContaining("percent-encode what a URI cannot contain: Illegal character in path at index 9");
    }
}
