package dev.krpo.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.settings.Config.Given;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CatalogueTest {

    private static final Section CLUSTER = Section.of("kafka", "Cluster", "every role");
    private static final Setting<String> SERVERS =
            CLUSTER.text("bootstrap.servers", "localhost:9092").doc("Brokers, <host>:<port>.");

    private static final Section DEMO = Section.of("demo", "Demo", "streams, trainer");
    private static final Setting<Integer> SIZE = DEMO.integer("size", 8)
            .between(1, 64)
            .unit("rows")
            .formerly("old.size")
            .doc("Rows of a batch.");
    private static final Setting<Optional<String>> ID = DEMO.optionalText("id").doc("Name.");

    private final Catalogue catalogue = new Catalogue(List.of(CLUSTER, DEMO), "kafka.");
    private final List<String> warnings = new ArrayList<>();

    private Config check(Map<String, String> values) {
        return catalogue.check(Config.of(values, "run.yaml:7"), warnings::add);
    }

    @Test
    void shouldListItsSettingsInTheOrderOfTheirKeys() {
        assertThat(catalogue.settings()).containsExactly(ID, SIZE, SERVERS);
    }

    @Test
    void shouldNameTheNearestKeyWhenOneIsUnknown() {
        assertThatThrownBy(() -> check(Map.of("demo.sise", "3")))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("run.yaml:7: there is no setting demo.sise; did you mean demo.size?");
        assertThatThrownBy(() -> check(Map.of("frobnicate.everything", "3")))
                .hasMessage("run.yaml:7: there is no setting frobnicate.everything; `krpo settings` lists them all");
    }

    @Test
    void shouldCheckEveryValueExceptThosePassedThrough() {
        assertThatThrownBy(() -> check(Map.of("demo.size", "65"))).hasMessageContaining("demo.size is '65'");
        assertThatThrownBy(() -> check(Map.of("old.size", "65"))).hasMessageContaining("demo.size is '65'");
        assertThatThrownBy(() -> check(Map.of("kafka.bootstrap.servers", "")))
                .hasMessageContaining("kafka.bootstrap.servers is ''");
        assertThat(check(Map.of("kafka.acks", "")).toMap()).containsEntry("kafka.acks", "");
        assertThat(warnings).isEmpty();
    }

    @Test
    void shouldWarnAboutAFormerKeyAndNameTheCurrentOne() {
        Config checked = check(Map.of("old.size", "5"));

        assertThat(checked.given()).containsExactly(Map.entry("demo.size", new Given("5", "run.yaml:7")));
        assertThat(warnings).containsExactly("run.yaml:7: old.size is now called demo.size");
    }

    @Test
    void shouldRejectAFormerKeyTogetherWithTheCurrentOne() {
        assertThatThrownBy(() -> check(Map.of("old.size", "5", "demo.size", "6")))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("run.yaml:7: old.size is the former name of demo.size, which is set at run.yaml:7;"
                        + " remove old.size");
    }

    @Test
    void shouldAddTheDefaultsToTheGivenValues() {
        Config config = Config.of(Map.of("kafka.acks", "all", "old.size", "5"), "--set");

        assertThat(catalogue.effective(config))
                .containsExactly(
                        Map.entry("demo.size", new Given("5", "--set")),
                        Map.entry("kafka.acks", new Given("all", "--set")),
                        Map.entry("kafka.bootstrap.servers", new Given("localhost:9092", "default")));
    }

    @Test
    void shouldRejectTwoSettingsWithTheSameKey() {
        Section other = Section.of("old", "Other", "tests");
        other.integer("size", 8).formerly("old.size").doc("Size.");

        assertThatThrownBy(() -> new Catalogue(List.of(DEMO, other), "kafka."))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("old.size");
    }

    @Test
    void shouldNameKeyJarAndRemedyWhenAJarRepeatsAKey() {
        Section users = Section.of("old", "Of a user", "tests");
        users.integer("size", 8).doc("Size.");
        users.from("example.Loss in plugins/loss.jar");
        String message = "example.Loss in plugins/loss.jar defines the setting old.size, which krpo defines too;"
                + " give it another key in the class, or remove the jar";

        Catalogue clashing = new Catalogue(List.of(users, CLUSTER, DEMO), "kafka.");

        assertThat(clashing.settings())
                .containsExactlyInAnyOrder(ID, SIZE, SERVERS, users.settings().get(0));
        assertThatThrownBy(() -> clashing.check(Config.defaults(), warnings::add))
                .isInstanceOf(UsageException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> SettingsDocument.of(clashing, "# Settings\n"))
                .isInstanceOf(UsageException.class)
                .hasMessage(message);
    }

    @Test
    void shouldDocumentTypeRangeUnitAndDefaultOfEverySetting() {
        assertThat(SettingsDocument.of(catalogue, "# Settings\n")).isEqualTo("""
                # Settings

                ## Cluster

                Read by: every role.

                ### `kafka.bootstrap.servers`

                *text · default: `localhost:9092`*

                Brokers, &lt;host>:&lt;port>.

                ## Demo

                Read by: streams, trainer.

                ### `demo.size`

                *int · from 1 to 64 · unit: rows · default: `8` · formerly `old.size`*

                Rows of a batch.

                ### `demo.id`

                *text · no default*

                Name.
                """);
    }
}
