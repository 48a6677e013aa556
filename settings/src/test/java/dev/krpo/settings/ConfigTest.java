package dev.krpo.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigTest {

    private static final Section SECTION = Section.of("demo", "Demo", "tests");
    private static final Setting<Integer> SIZE = SECTION.integer("size", 8)
            .between(1, 64)
            .formerly("old.size", "older.size")
            .doc("Size.");
    private static final Setting<Double> RATE = SECTION.number("rate", 0.1).doc("Rate.");

    @Test
    void shouldReadBackWhatItWritesToAMap() {
        Config config = Config.defaults().with(RATE, 1e-4).with(SIZE, 3);

        assertThat(config.toMap()).containsExactly(Map.entry("demo.rate", "1.0E-4"), Map.entry("demo.size", "3"));
        assertThat(Config.of(config.toMap())).isEqualTo(config).hasSameHashCodeAs(config);
    }

    @Test
    void shouldNotChangeWhenAValueIsAddedToACopy() {
        Config config = Config.defaults().with(SIZE, 3);

        assertThat(config.with(SIZE, 4).get(SIZE)).isEqualTo(4);
        assertThat(config.without(SIZE).has(SIZE)).isFalse();
        assertThat(config.get(SIZE)).isEqualTo(3);
    }

    @Test
    void shouldPreferTheOtherConfiguration() {
        Config merged = Config.of(Map.of("demo.size", "3", "demo.rate", "0.5"), "file")
                .with(Config.of(Map.of("demo.size", "4"), "--set"));

        assertThat(merged.get(SIZE)).isEqualTo(4);
        assertThat(merged.source(SIZE)).isEqualTo("--set");
        assertThat(merged.get(RATE)).isEqualTo(0.5);
        assertThat(merged.source(RATE)).isEqualTo("file");
    }

    @Test
    void shouldRejectAValueOutsideTheRangeBeforeItIsRead() {
        assertThatThrownBy(() -> Config.defaults().with(SIZE, 65, "--size"))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("--size: demo.size is '65'; use a whole number from 1 to 64");
        assertThatThrownBy(() -> Config.defaults().with(SIZE, 65))
                .hasMessage("demo.size is '65'; use a whole number from 1 to 64");
    }

    @Test
    void shouldReadASettingUnderItsFormerKeys() {
        Config recorded = Config.of(Map.of("older.size", "5"));

        assertThat(recorded.get(SIZE)).isEqualTo(5);
        assertThat(recorded.has(SIZE)).isTrue();
    }

    @Test
    void shouldPreferTheCurrentKeyAndReplaceFormerOnes() {
        Config recorded = Config.of(Map.of("old.size", "5", "older.size", "6"));

        assertThat(recorded.with("demo.size", "7", "").get(SIZE)).isEqualTo(7);
        assertThat(recorded.get(SIZE)).isEqualTo(5);
        assertThat(recorded.with(SIZE, 7).toMap()).containsExactly(Map.entry("demo.size", "7"));
        assertThat(recorded.without(SIZE).get(SIZE)).isEqualTo(8);
    }

    @Test
    void shouldProvideTheSettingsOfALibraryWithoutTheirPrefix() {
        Config config = Config.of(Map.of("kafka.acks", "all", "demo.size", "3"));

        assertThat(config.under("kafka.")).containsExactly(Map.entry("acks", "all"));
    }
}
