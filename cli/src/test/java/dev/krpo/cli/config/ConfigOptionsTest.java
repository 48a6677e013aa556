package dev.krpo.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class ConfigOptionsTest {

    private static final List<String> NOT_FINITE = List.of("Infinity", "-Infinity", "NaN");

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = folder.resolve("krpo.yaml");
    }

    private static Configuration resolve(String... args) {
        ConfigOptions options = new ConfigOptions();
        new CommandLine(options).parseArgs(args);
        return options.resolve();
    }

    private Configuration resolveFile(String yaml) throws IOException {
        Files.writeString(file, yaml);
        return resolve("--config", file.toString());
    }

    @Test
    void shouldFlattenNestedAndDottedKeysAlike() throws IOException {
        Configuration configuration = resolveFile("""
                topics:
                  prefix: demo
                  partitions: 8
                policy.name: math
                kafka:
                  bootstrap.servers: [a:9092, b:9092]
                  ssl:
                    endpoint.identification.algorithm: ""
                """);

        assertThat(configuration.values())
                .isEqualTo(Map.of(
                        "topics.prefix", "demo",
                        "topics.partitions", "8",
                        "policy.name", "math",
                        "kafka.bootstrap.servers", "a:9092,b:9092",
                        "kafka.ssl.endpoint.identification.algorithm", ""));
    }

    @Test
    void shouldTakeAnEmptyFileAsNoSettings() throws IOException {
        assertThat(resolveFile("# nothing yet\n").values()).isEmpty();
    }

    @Test
    void shouldLetSetWinOverTheShortcutAndTheShortcutOverTheFile() throws IOException {
        Files.writeString(file, "kafka.bootstrap.servers: file:1\ntopics.prefix: file\n");

        assertThat(resolve("--config", file.toString(), "--bootstrap-servers", "short:2", "--set", "topics.prefix=set")
                        .values())
                .containsEntry("kafka.bootstrap.servers", "short:2")
                .containsEntry("topics.prefix", "set");
        assertThat(resolve("--bootstrap-servers", "short:2", "--set", "kafka.bootstrap.servers=set:3")
                        .values())
                .containsEntry("kafka.bootstrap.servers", "set:3");
    }

    @Test
    void shouldKeepEqualsSignsInAValue() {
        assertThat(resolve("--set", "kafka.sasl.jaas.config=Login required user=\"u\";")
                        .values())
                .containsEntry("kafka.sasl.jaas.config", "Login required user=\"u\";");
    }

    @Test
    void shouldNameTheNearestKeyWhenOneIsUnknown() throws IOException {
        assertThatThrownBy(() -> resolveFile("topics:\n  prefix: a\n  partition: 3\n"))
                .isInstanceOf(UsageException.class)
                .hasMessage(file + ":3: there is no setting topics.partition; did you mean topics.partitions?");
    }

    @Test
    void shouldPointToTheListWhenNothingIsNear() {
        assertThatThrownBy(() -> resolve("--set", "frobnicate.everything=1"))
                .hasMessage("--set: there is no setting frobnicate.everything; `krpo settings` lists them all");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "topics.partitions | many | use a whole number",
                "topics.partitions | 1.5 | use a whole number",
                "topics.partitions | 0 | must be at least 1",
                "estimator.processNoise | small | use a number",
                "estimator.processNoise | -1 | use a number >= 0",
                "estimator.name | kalmann | krpo-reference",
                "topics.prefix | a b | use letters, digits",
            })
    void shouldNameFileKeyValueAndRemedyWhenAValueIsWrong(String key, String value, String remedy) {
        assertThatThrownBy(() -> resolveFile("# a comment\n" + key + ": " + value + "\n"))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith(file + ":2: ")
                .hasMessageContaining(key)
                .hasMessageContaining(value)
                .hasMessageContaining(remedy);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "topics: {prefix: a | 1: not YAML: while parsing a flow mapping, expected",
                "topics.prefix: | 1: topics.prefix has no value; give one or remove the line",
                "- a list | 1: the file must hold `key: value` lines",
                "just text | 1: the file must hold `key: value` lines",
                "topics.prefix: [[a]] | 1: topics.prefix is a nested list",
            })
    void shouldNameFileAndLineWhenTheFileIsMalformed(String yaml, String problem) {
        assertThatThrownBy(() -> resolveFile(yaml + "\n"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(file + ":" + problem.substring(0, 1))
                .hasMessageContaining(problem.substring(3));
    }

    @Test
    void shouldRefuseAKeyThatIsSetTwiceInOneFile() {
        assertThatThrownBy(() -> resolveFile("topics.prefix: a\ntopics:\n  prefix: b\n"))
                .hasMessage(file + ":3: topics.prefix is already set at " + file + ":1");
    }

    @Test
    void shouldSayThatTheFileIsNotThere() {
        assertThatThrownBy(() -> resolve("--config", file.toString())).hasMessage("--config: there is no file " + file);
    }

    @Test
    void shouldRefuseASetWithoutAnEqualsSign() {
        assertThatThrownBy(() -> resolve("--set", "topics.prefix"))
                .isInstanceOf(UsageException.class)
                .hasMessage("--set: 'topics.prefix' is not KEY=VALUE, such as topics.prefix=demo");
    }

    @Test
    void shouldMaskEveryPasswordOfAKafkaClient() {
        List<String> passwords = ConsumerConfig.configDef().configKeys().values().stream()
                .filter(key -> key.type == ConfigDef.Type.PASSWORD)
                .map(key -> key.name)
                .toList();

        assertThat(passwords).contains("sasl.oauthbearer.assertion.private.key.passphrase", "ssl.truststore.password");
        for (String password : passwords) {
            for (String prefix : List.of("", "producer.", "main.consumer.")) {
                assertThat(resolve("--set", "kafka." + prefix + password + "=open-sesame")
                                .toYaml())
                        .contains("kafka." + prefix + password + ": ********")
                        .doesNotContain("open-sesame");
            }
        }
    }

    @Test
    void shouldAcceptNoNumberThatIsNotFiniteUnlessItIsABoundThatInfinitySwitchesOff() {
        List<String> numbers = Settings.keys().values().stream()
                .filter(key -> key.type == ConfigDef.Type.DOUBLE)
                .map(key -> key.name)
                .toList();

        assertThat(numbers).contains("trainer.learningRate", "scheduler.temperature", "estimator.processNoise");
        List<String> unbounded = List.of("trainer.clipC", "trainer.maxLogRatio");
        for (String number : numbers) {
            for (String value : unbounded.contains(number) ? List.of("-Infinity", "NaN") : NOT_FINITE) {
                assertThatThrownBy(() -> resolve("--set", number + "=" + value))
                        .as("%s=%s", number, value)
                        .isInstanceOf(UsageException.class)
                        .hasMessageContaining(number)
                        .hasMessageContaining(value);
            }
        }
    }

    @Test
    void shouldPrintEverySettingWithItsSourceAndMaskSecrets() throws IOException {
        Files.writeString(file, "topics.prefix: demo\nkafka:\n  sasl.jaas.config: user=me password=mine\n");
        String yaml = resolve(
                        "--config",
                        file.toString(),
                        "--set",
                        "kafka.ssl.keystore.key=PEM",
                        "--set",
                        "kafka.client.id=a: b")
                .toYaml();

        assertThat(yaml)
                .contains("topics.prefix: demo  # " + file + ":1\n")
                .contains("topics.partitions: 4  # default\n")
                .contains("kafka.sasl.jaas.config: ********")
                .contains("kafka.ssl.keystore.key: ********")
                .contains("kafka.client.id: \"a: b\"  # --set\n")
                .doesNotContain("mine")
                .doesNotContain("PEM");
    }

    @Test
    void shouldReadBackWhatItPrints() throws IOException {
        Configuration first = resolve(
                "--set", "topics.prefix=null", "--set", "policy.checkpoints=/data/a b: #c", "--set", "policy.name=yes");

        Configuration second = resolveFile(first.toYaml());

        assertThat(second.values()).containsAllEntriesOf(first.values());
    }
}
