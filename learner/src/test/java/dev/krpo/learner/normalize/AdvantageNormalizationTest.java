package dev.krpo.learner.normalize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.settings.Config;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AdvantageNormalizationTest {

    private static final Offset<Double> NEAR = within(1e-6);

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final double[] advantages = random.doubles(8).map(a -> 3 * a - 1).toArray();
    private final int[] lengths = random.ints(8, 1, 6).toArray();

    @Test
    void shouldHaveMeanZeroAndVarianceOneOverTheSamples() {
        double[] normalised = new BatchMeanStd().apply(advantages, lengths);

        assertThat(Arrays.stream(normalised).sum()).as("seed %d", seed).isCloseTo(0, NEAR);
        assertThat(Arrays.stream(normalised).map(a -> a * a).sum() / 7)
                .as("seed %d", seed)
                .isCloseTo(1, NEAR);
    }

    @Test
    void shouldHaveMeanZeroAndVarianceOneOverTheTokens() {
        double[] normalised = new TokenMeanStd().apply(advantages, lengths);

        double sum = 0;
        double squares = 0;
        int tokens = 0;
        for (int i = 0; i < 8; i++) {
            for (int t = 0; t < lengths[i]; t++) {
                sum += normalised[i];
                squares += normalised[i] * normalised[i];
                tokens++;
            }
        }
        assertThat(sum).as("seed %d", seed).isCloseTo(0, NEAR);
        assertThat(squares / (tokens - 1)).as("seed %d", seed).isCloseTo(1, NEAR);
    }

    @Test
    void shouldKeepTheRatiosOfAdvantagesThatItOnlyScales() {
        double[] normalised = new BatchStd().apply(advantages, lengths);

        double mean = Arrays.stream(normalised).average().orElseThrow();
        assertThat(Arrays.stream(normalised).map(a -> (a - mean) * (a - mean)).sum() / 7)
                .as("seed %d", seed)
                .isCloseTo(1, NEAR);
        for (int i = 1; i < 8; i++) {
            assertThat(normalised[i] * advantages[0])
                    .as("seed %d", seed)
                    .isCloseTo(normalised[0] * advantages[i], NEAR);
        }
    }

    @Test
    void shouldNotBlowUpEqualAdvantages() {
        double[] equal = {0.5, 0.5, 0.5};
        int[] three = {1, 2, 3};

        assertThat(new BatchMeanStd().apply(equal, three)).containsOnly(0);
        assertThat(new TokenMeanStd().apply(equal, three)).containsOnly(0);
        assertThat(new BatchStd().apply(equal, three)).containsOnly(0.5);
    }

    /** The rounded sum of 256 times 0.1 is not 25.6, which would give a variance of 1e-35. */
    @Test
    void shouldTreatEqualAdvantagesAsEqualDespiteRoundingOfTheirSum() {
        double[] equal = new double[256];
        Arrays.fill(equal, 0.1);
        int[] twos = new int[256];
        Arrays.fill(twos, 2);

        assertThat(new BatchStd().apply(equal, twos)).containsOnly(0.1);
        assertThat(new BatchMeanStd().apply(equal, twos)).containsOnly(0);
        assertThat(new TokenMeanStd().apply(equal, twos)).containsOnly(0);
    }

    static Stream<AdvantageNormalization> all() {
        return AdvantageNormalizations.ALL.all().stream().map(factory -> factory.create(Config.defaults()));
    }

    @ParameterizedTest
    @MethodSource("all")
    void shouldNotModifyItsInput(AdvantageNormalization normalization) {
        double[] before = advantages.clone();
        normalization.apply(advantages, lengths);

        assertThat(advantages).isEqualTo(before);
    }
}
