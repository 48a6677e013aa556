package dev.krpo.learner.aggregate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import dev.krpo.learner.loss.LossCase;
import dev.krpo.settings.Config;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AggregationTest {

    private static final Shape SHAPE = new Shape(LossCase.ROWS, LossCase.TIME);

    private final LossCase data = new LossCase(new Random().nextLong());

    @Test
    void shouldBeTheTokenMeanWithoutALengthPreference() {
        assertThat(aggregate(new LengthWeighted(0)))
                .as("seed %d", data.seed)
                .isCloseTo(aggregate(new TokenMean()), within(1e-6));
    }

    @Test
    void shouldFavourShortCompletionsWithANegativePreferenceAndLongOnesWithAPositiveOne() {
        Arrays.fill(data.mask, 1);
        Arrays.fill(data.mask, 1, LossCase.TIME, 0);

        float[] neutral = LossCase.gradient(data.logProbs, SHAPE, x -> new TokenMean().apply(x, data.mask(x)));
        float[] brief = LossCase.gradient(data.logProbs, SHAPE, x -> new LengthWeighted(-2).apply(x, data.mask(x)));
        float[] lengthy = LossCase.gradient(data.logProbs, SHAPE, x -> new LengthWeighted(2).apply(x, data.mask(x)));

        assertThat(brief[0]).isGreaterThan(neutral[0]).isGreaterThan(brief[LossCase.TIME]);
        assertThat(lengthy[0]).isLessThan(neutral[0]).isLessThan(lengthy[LossCase.TIME]);
    }

    @Test
    void shouldStayFiniteWhenAllLengthsAreEqual() {
        Arrays.fill(data.mask, 1);

        assertThat(aggregate(new LengthWeighted(-3)))
                .as("seed %d", data.seed)
                .isCloseTo(aggregate(new TokenMean()), within(1e-6));
    }

    @Test
    void shouldGiveEachTokenTheSameShareOfAConstant() {
        float[] gradient = LossCase.gradient(data.logProbs, SHAPE, x -> new FixedLengthMean(20).apply(x, data.mask(x)));

        IntStream.range(0, gradient.length).forEach(i -> assertThat(gradient[i])
                .as("seed %d, entry %d", data.seed, i)
                .isCloseTo(data.mask[i] / (LossCase.ROWS * 20), within(1e-8f)));
    }

    @Test
    void shouldFindEachAggregationByName() {
        Config config = Config.of(Map.of("trainer.maxTokens", "8", "trainer.lengthPreference", "-1"));

        assertThat(Aggregations.of(config)).isEqualTo(new TokenMean());
        assertThat(Aggregations.of(config.with(Aggregations.NAME, "sequence-mean")))
                .isEqualTo(new SequenceMean());
        assertThat(Aggregations.of(config.with(Aggregations.NAME, "constant"))).isEqualTo(new FixedLengthMean(8));
        assertThat(Aggregations.of(config.with(Aggregations.NAME, "length-weighted")))
                .isEqualTo(new LengthWeighted(-1));
        assertThatThrownBy(() -> config.with(Aggregations.NAME, "mean"))
                .hasMessageContaining("'mean'")
                .hasMessageContaining("token-mean");
        assertThatThrownBy(() -> new FixedLengthMean(0)).hasMessageContaining("maxTokens is 0");
    }

    private double aggregate(Aggregation aggregation) {
        return LossCase.value(data.logProbs, SHAPE, x -> aggregation.apply(x, data.mask(x)));
    }
}
