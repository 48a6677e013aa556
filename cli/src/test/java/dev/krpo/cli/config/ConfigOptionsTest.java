package dev.krpo.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.pipeline.settings.Settings;
import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.settings.Setting;
import dev.krpo.settings.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    private static Config resolve(String... args) {
        ConfigOptions options = new ConfigOptions();
        new CommandLine(options).parseArgs(args);
        return options.resolve();
    }

    private Config resolveFile(String yaml) throws IOException {
        Files.writeString(file, yaml);
        return resolve("--config", file.toString());
    }

    @Test
    void shouldReadAnEmptyFileAsNoSettings() throws IOException {
        assertThat(resolveFile("# nothing yet\n").toMap()).isEmpty();
    }

    @Test
    void shouldPreferSetOverTheShortcutAndTheShortcutOverTheFile() throws IOException {
        Files.writeString(file, "kafka.bootstrap.servers: file:1\ntopics.prefix: file\n");

        assertThat(resolve("--config", file.toString(), "--bootstrap-servers", "short:2", "--set", "topics.prefix=set")
                        .toMap())
                .containsEntry("kafka.bootstrap.servers", "short:2")
                .containsEntry("topics.prefix", "set");
        assertThat(resolve("--bootstrap-servers", "short:2", "--set", "kafka.bootstrap.servers=set:3")
                        .toMap())
                .containsEntry("kafka.bootstrap.servers", "set:3");
    }

    @Test
    void shouldKeepEqualsSignsInAValue() {
        assertThat(resolve("--set", "kafka.sasl.jaas.config=Login required user=\"u\";")
                        .toMap())
                .containsEntry("kafka.sasl.jaas.config", "Login required user=\"u\";");
    }

    @Test
    void shouldNameTheNearestKeyWhenOneIsUnknown() throws IOException {
        assertThatThrownBy(() -> resolveFile("topics:\n  prefix: a\n  partition: 3\n"))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage(file + ":3: there is no setting topics.partition; did you mean topics.partitions?");
    }

    @Test
    void shouldPointToTheListWhenNoKeyIsNear() {
        assertThatThrownBy(() -> resolve("--set", "frobnicate.everything=1"))
                .hasMessage("--set: there is no setting frobnicate.everything; `krpo settings` lists them all");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "topics.partitions | many | use a whole number",
                "topics.partitions | 1.5 | use a whole number",
                "topics.partitions | 0 | from 1 to 10000",
                "estimator.processNoise | small | use a number",
                "estimator.processNoise | -1 | use a number of at least 0",
                "estimator.name | kalmann | krpo-reference",
                "topics.prefix | a b | use letters, digits",
            })
    void shouldNameFileKeyValueAndRemedyWhenAValueIsWrong(String key, String value, String remedy) {
        assertThatThrownBy(() -> resolveFile("# a comment\n" + key + ": " + value + "\n"))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith(file + ":2: ")
                .hasMessageContaining(key)
                .hasMessageContaining(value)
                .hasMessageContaining(remedy);
    }

    @Test
    void shouldReportAMissingFile() {
        assertThatThrownBy(() -> resolve("--config", file.toString())).hasMessage("--config: no such file: " + file);
    }

    @Test
    void shouldRejectASetWithoutAnEqualsSign() {
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
                assertThat(Settings.toYaml(resolve("--set", "kafka." + prefix + password + "=open-sesame")))
                        .contains("kafka." + prefix + password + ": ********")
                        .doesNotContain("open-sesame");
            }
        }
    }

    @Test
    void shouldRejectNonFiniteNumbersExceptForBoundsThatInfinityDisables() {
        List<String> numbers = Settings.ALL.settings().stream()
                .filter(setting -> setting.type().equals("double"))
                .map(Setting::key)
                .toList();

        assertThat(numbers).contains("trainer.learningRate", "scheduler.temperature", "estimator.processNoise");
        List<String> unbounded = List.of("trainer.clipC", "trainer.maxLogRatio");
        for (String number : numbers) {
            for (String value : unbounded.contains(number) ? List.of("-Infinity", "NaN") : NOT_FINITE) {
                assertThatThrownBy(() -> resolve("--set", number + "=" + value))
                        .as("%s=%s", number, value)
                        .isInstanceOf(InvalidSettingException.class)
                        .hasMessageContaining(number)
                        .hasMessageContaining(value);
            }
        }
    }

    @Test
    void shouldPrintEverySettingWithItsSourceAndMaskSecrets() throws IOException {
        Files.writeString(file, "topics.prefix: demo\nkafka:\n  sasl.jaas.config: user=me password=mine\n");
        String yaml = Settings.toYaml(resolve(
                "--config", file.toString(), "--set", "kafka.ssl.keystore.key=PEM", "--set", "kafka.client.id=a: b"));

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
        Config first = resolve(
                "--set", "topics.prefix=null", "--set", "policy.checkpoints=/data/a b: #c", "--set", "policy.name=yes");

        Config second = resolveFile(Settings.toYaml(first));

        assertThat(second.toMap()).containsAllEntriesOf(first.toMap());
    }
}
