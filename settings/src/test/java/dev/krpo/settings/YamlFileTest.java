package dev.krpo.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.settings.Config.Given;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlFileTest {

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = folder.resolve("krpo.yaml");
    }

    private Config read(String yaml) throws IOException {
        Files.writeString(file, yaml);
        return YamlFile.read(file);
    }

    @Test
    void shouldFlattenNestedAndDottedKeys() throws IOException {
        Config config = read("""
                topics:
                  prefix: demo
                  partitions: 8
                policy.name: math
                kafka:
                  bootstrap.servers: [a:9092, b:9092]
                  ssl:
                    endpoint.identification.algorithm: ""
                """);

        assertThat(config.given())
                .containsExactly(
                        Map.entry("topics.prefix", new Given("demo", file + ":2")),
                        Map.entry("topics.partitions", new Given("8", file + ":3")),
                        Map.entry("policy.name", new Given("math", file + ":4")),
                        Map.entry("kafka.bootstrap.servers", new Given("a:9092,b:9092", file + ":6")),
                        Map.entry("kafka.ssl.endpoint.identification.algorithm", new Given("", file + ":8")));
    }

    @Test
    void shouldReadAnEmptyFileAsNoSettings() throws IOException {
        assertThat(read("# nothing yet\n").given()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "topics: {prefix: a | 1: not YAML: while parsing a flow mapping, expected",
                "topics.prefix: | 1: topics.prefix has no value; set one or remove the line",
                "- a list | 1: the file must contain `key: value` lines",
                "just text | 1: the file must contain `key: value` lines",
                "topics.prefix: [[a]] | 1: topics.prefix is a nested list",
            })
    void shouldNameFileAndLineWhenTheFileIsMalformed(String yaml, String problem) {
        assertThatThrownBy(() -> read(yaml + "\n"))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageContaining(file + ":" + problem.substring(0, 1))
                .hasMessageContaining(problem.substring(3));
    }

    @Test
    void shouldRejectAKeyThatIsSetTwice() {
        assertThatThrownBy(() -> read("topics.prefix: a\ntopics:\n  prefix: b\n"))
                .hasMessage(file + ":3: topics.prefix is already set at " + file + ":1");
    }

    @Test
    void shouldNameAFileThatCannotBeRead() {
        assertThatThrownBy(() -> YamlFile.read(file))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith(file + " cannot be read: ");
    }

    @Test
    void shouldReadBackWhatItWritesAndRejectMaskedSecrets() throws IOException {
        Map<String, Given> settings = new TreeMap<>();
        settings.put("a.nothing", new Given("null", "--set"));
        settings.put("a.path", new Given("/data/a b: #c", "default"));
        settings.put("a.text", new Given("say \"yes\"\\no\n", "default"));
        settings.put("kafka.password", new Given("open-sesame", "run.yaml:3"));

        String yaml = YamlFile.write(settings, "kafka.password"::equals);

        assertThat(yaml)
                .contains("a.nothing: \"null\"  # --set\n")
                .contains("kafka.password: ********  # run.yaml:3\n")
                .doesNotContain("open-sesame");
        assertThatThrownBy(() -> read(yaml)).hasMessageContaining("not YAML");
        settings.remove("kafka.password");
        Map<String, String> values = new TreeMap<>();
        settings.forEach((key, value) -> values.put(key, value.text()));
        assertThat(read(YamlFile.write(settings, key -> false)).toMap()).isEqualTo(values);
    }
}
