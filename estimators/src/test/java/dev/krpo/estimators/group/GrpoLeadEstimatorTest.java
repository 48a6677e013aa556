package dev.krpo.estimators.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.Rewards;
import dev.krpo.estimators.State;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GrpoLeadEstimatorTest {

    private static final long SEED = 2_504_09696L;

    @Test
    void shouldPreferTheShorterOfTwoRightAnswers() {
        List<Advantage> advantages = estimate(0.05, right(10), right(90), wrong(50));

        assertThat(advantages.get(0).advantage())
                .isGreaterThan(advantages.get(1).advantage());
        assertThat(advantages.get(1).advantage()).isPositive();
        assertThat(advantages.get(2).advantage()).isNegative();
        // z = -1/sqrt 2 and 1/sqrt 2 for the two right answers; the wrong one has -1.
        double shorter = Math.exp(0.05 / Math.sqrt(2));
        assertThat(advantages.get(0).baseline()).isCloseTo((shorter + 1 / shorter - 1) / 3, within(1e-9));
    }

    @Test
    void shouldIgnoreTheLengthOfWrongAnswers() {
        assertThat(estimate(0.05, right(10), right(90), wrong(50)))
                .isEqualTo(estimate(0.05, right(10), right(90), wrong(5_000)));
    }

    @Test
    void shouldGiveMoreWeightToRareRightAnswersAndToRareWrongOnes() {
        Observation[] hard = {right(5), wrong(5), wrong(5), wrong(5)};
        Observation[] easy = {right(5), right(5), right(5), wrong(5)};

        // Without the weights both have the scores +-3/2 and -+1/2 (n - 1 in the denominator).
        assertThat(estimate(0.05, hard).get(0).advantage()).isCloseTo(1.5 * weight(0.25), within(1e-7));
        assertThat(estimate(0.05, hard).get(1).advantage()).isCloseTo(-0.5 * weight(0.75), within(1e-7));
        assertThat(estimate(0.05, easy).get(0).advantage()).isCloseTo(0.5 * weight(0.75), within(1e-7));
        assertThat(estimate(0.05, easy).get(3).advantage()).isCloseTo(-1.5 * weight(0.25), within(1e-7));
        assertThat(weight(0.25)).isCloseTo(1.4926, within(1e-4));
        assertThat(weight(0.75)).isCloseTo(0.95, within(1e-12));
    }

    @Test
    void shouldBeWeightedGroupNormalisationWithoutLengthPenalty() {
        Random random = new Random(SEED);
        for (int round = 0; round < 200; round++) {
            Observation[] group = new Observation[2 + random.nextInt(6)];
            double[] signs = new double[group.length];
            int count = 0;
            for (int i = 0; i < group.length; i++) {
                boolean isRight = random.nextBoolean();
                group[i] = isRight ? right(1 + random.nextInt(99)) : wrong(1 + random.nextInt(99));
                signs[i] = isRight ? 1 : -1;
                count += isRight ? 1 : 0;
            }
            double share = (double) count / group.length;
            List<Advantage> plain = new GrpoEstimator(1e-8)
                    .estimate(State.UNSEEN, Rewards.of(signs))
                    .advantages();
            List<Advantage> weighted = estimate(0, group);
            for (int i = 0; i < group.length; i++) {
                double score = plain.get(i).advantage();
                assertThat(weighted.get(i).advantage())
                        .as("seed %d, %s", SEED, Arrays.toString(group))
                        .isCloseTo(score * weight(score > 0 ? share : 1 - share), within(1e-9));
            }
        }
    }

    private static double weight(double share) {
        return 0.4 + 1.1 / (1 + Math.exp(10 * (share - 0.75)));
    }

    private static Observation right(int tokens) {
        return new Observation(1, 0, new float[tokens], Map.of());
    }

    private static Observation wrong(int tokens) {
        return new Observation(0, 0, new float[tokens], Map.of());
    }

    private static List<Advantage> estimate(double lengthPenalty, Observation... group) {
        return new GrpoLeadEstimator(lengthPenalty, 1e-8)
                .estimate(State.UNSEEN, List.of(group))
                .advantages();
    }
}
