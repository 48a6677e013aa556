package dev.krpo.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingTest {

    private enum Target {
        LEAST_VARIANCE,
        MEAN_REWARD
    }

    private static final Section SECTION = Section.of("demo", "Demo", "tests");

    private static final Setting<Integer> SIZE =
            SECTION.integer("size", 8).between(1, 1024).unit("rows").doc("Rows.");
    private static final Setting<Integer> ROOM =
            SECTION.integer("room", 8).atLeast(0).doc("Room.");
    private static final Setting<Long> STEPS =
            SECTION.integer("steps", Long.MAX_VALUE).atLeast(1L).doc("Steps.");
    private static final Setting<Long> SEED = SECTION.integer("seed", 0L).doc("Seed.");
    private static final Setting<Double> ANY = SECTION.number("any", 0).doc("Any.");
    private static final Setting<Double> SHARE =
            SECTION.number("share", 0.5).above(0.0).atMost(1.0).doc("Share.");
    private static final Setting<Double> DECAY =
            SECTION.number("decay", 0.9).atLeast(0.0).below(1.0).doc("Decay.");
    private static final Setting<Double> BOUND =
            SECTION.number("bound", 3).above(1.0).orInfinity().doc("Bound.");
    private static final Setting<Double> RATE =
            SECTION.number("rate", 1e-4).above(0.0).inFloat32().doc("Rate.");
    private static final Setting<Double> WEIGHT =
            SECTION.number("weight", 0).atLeast(0.0).inFloat32().doc("Weight.");
    private static final Setting<Double> LOG_PROB =
            SECTION.number("logProb", -30).between(-100_000.0, -1e-9).doc("Log-prob.");
    private static final Setting<Target> TARGET =
            SECTION.choice("target", Target.LEAST_VARIANCE).doc("Target.");
    private static final Setting<String> NAME =
            SECTION.choice("name", "krpo", Set.of("krpo")).doc("Name.");
    private static final Setting<String> TITLE =
            SECTION.text("title", "default").doc("Title.");
    private static final Setting<String> PREFIX =
            SECTION.text("prefix", "krpo", "[a-z]{1,5}", "at most 5 letters").doc("Prefix.");
    private static final Setting<Optional<String>> ID =
            SECTION.optionalText("id").doc("Id.");
    private static final Setting<Path> FOLDER = SECTION.path("folder", "out").doc("Folder.");

    private static Setting<?> setting(String name) {
        return SECTION.settings().stream()
                .filter(setting -> setting.key().equals("demo." + name))
                .findFirst()
                .orElseThrow();
    }

    private static Config config(String name, String text) {
        return Config.defaults().with("demo." + name, text, "run.yaml:3");
    }

    @Test
    void shouldReadValuesOfEveryType() {
        assertThat(config("size", " 16 ").get(SIZE)).isEqualTo(16);
        assertThat(config("seed", "-9223372036854775808").get(SEED)).isEqualTo(Long.MIN_VALUE);
        assertThat(config("room", "2147483647").get(ROOM)).isEqualTo(Integer.MAX_VALUE);
        assertThat(config("any", "-1e308").get(ANY)).isEqualTo(-1e308);
        assertThat(config("rate", "3e-5").get(RATE)).isEqualTo(3e-5);
        assertThat(config("prefix", "abc").get(PREFIX)).isEqualTo("abc");
        assertThat(config("share", "1").get(SHARE)).isEqualTo(1.0);
        assertThat(config("bound", "Infinity").get(BOUND)).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(config("target", "mean-reward").get(TARGET)).isEqualTo(Target.MEAN_REWARD);
        assertThat(config("name", "krpo").get(NAME)).isEqualTo("krpo");
        assertThat(config("title", "two words").get(TITLE)).isEqualTo("two words");
        assertThat(config("id", "worker-1").get(ID)).contains("worker-1");
        assertThat(config("id", " ").get(ID)).isEmpty();
        assertThat(config("folder", "a/b").get(FOLDER)).isEqualTo(Path.of("a", "b"));
    }

    @Test
    void shouldUseTheDefaultsWhenNothingIsGiven() {
        Config config = Config.defaults();

        assertThat(config.get(STEPS)).isEqualTo(Long.MAX_VALUE);
        assertThat(config.get(TARGET)).isEqualTo(Target.LEAST_VARIANCE);
        assertThat(config.get(ID)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "size    | 0          | use a whole number from 1 to 1024",
                "size    | 1025       | use a whole number from 1 to 1024",
                "size    | many       | use a whole number from 1 to 1024",
                "size    | 1.5        | use a whole number from 1 to 1024",
                "room    | -1         | use a whole number of at least 0",
                "room    | 3000000000 | use a whole number of at least 0 that fits into int",
                "seed    | 1e3        | use a whole number",
                "any     | NaN        | use a finite number",
                "any     | Infinity   | use a finite number",
                "any     | -Infinity  | use a finite number",
                "share   | 0          | use a number above 0, at most 1",
                "share   | NaN        | use a number above 0, at most 1",
                "decay   | 1          | use a number of at least 0, below 1",
                "bound   | 1          | use a number above 1, or Infinity",
                "bound   | -Infinity  | use a number above 1, or Infinity",
                "bound   | NaN        | use a number above 1, or Infinity",
                "rate    | Infinity   | use a number above 0, in float32",
                "rate    | 1e-50      | use a number above 0, in float32",
                "rate    | 1e39       | use a number above 0, in float32",
                "weight  | 1e39       | use a number of at least 0, in float32",
                "logProb | 0          | use a number from -100000 to -1.0E-9",
                "target  | mean       | use one of least-variance, mean-reward",
                "name    | krpp       | use one of krpo; did you mean krpo?",
                "title   | ``         | use text that is not empty",
                "prefix  | a b        | use at most 5 letters",
                "folder  | ``         | use a path",
            })
    void shouldNameSourceKeyValueAndRemedyWhenAValueIsInvalid(String name, String text, String remedy) {
        assertThatThrownBy(() -> config(name, text).get(setting(name)))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("run.yaml:3: demo." + name + " is '" + text + "'; " + remedy);
    }

    @Test
    void shouldAcceptTheBoundsOfARange() {
        assertThat(config("size", "1").get(SIZE)).isEqualTo(1);
        assertThat(config("size", "1024").get(SIZE)).isEqualTo(1024);
        assertThat(config("decay", "0").get(DECAY)).isZero();
        assertThat(config("weight", "0").get(WEIGHT)).isZero();
        assertThat(config("logProb", "-1e-9").get(LOG_PROB)).isEqualTo(-1e-9);
    }

    @Test
    void shouldCheckTheDefaultWhenItIsDefined() {
        Section section = Section.of("wrong", "Wrong", "tests");

        assertThatThrownBy(() -> section.integer("size", 0).between(1, 2).doc("Size."))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("the default: wrong.size is '0'; use a whole number from 1 to 2");
    }

    @Test
    void shouldRejectAKeyThatIsDefinedTwice() {
        Section section = Section.of("twice", "Twice", "tests");
        section.integer("size", 0).doc("Size.");

        assertThatThrownBy(() -> section.text("size", "0").doc("Size."))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("twice.size");
    }
}
