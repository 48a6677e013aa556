package dev.krpo.estimators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.estimators.kalman.Krpo;
import dev.krpo.estimators.single.SpoEstimator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Without announced versions, a single wrong version must neither erase nor freeze a dataset's belief. */
class ImplausibleVersionTest {

    private static final long SEED = 521;
    private static final long EPOCH_MS = 1_700_000_000_000L;

    private Random random = new Random(SEED);
    private Belief dataset;

    @ParameterizedTest
    @CsvSource({"krpo, 9000000000000000000", "krpo, 1700000000000", "spo, 9000000000000000000", "spo, 1700000000000"})
    void shouldKeepTrackingTheDatasetAfterAWrongVersion(String name, long wrong) {
        double[] right = means(estimator(name), 201);
        double[] touched = means(estimator(name), wrong);

        for (int i = 0; i < right.length; i++) {
            assertThat(touched[i]).as("seed %d, %d", SEED, i).isCloseTo(right[i], within(0.02));
        }
        assertThat(dataset.policyVersion()).isEqualTo(401);
    }

    /**
     * The dataset's mean right after one reward of that version, one reward later, and many rewards later, when the
     * policy has improved.
     */
    private double[] means(Estimator estimator, long version) {
        random = new Random(SEED);
        dataset = null;
        feed(estimator, 2_000, 0, 0.3);
        one(estimator, null, 1, version);
        double after = dataset.mean();
        feed(estimator, 1, 202, 0.3);
        double next = dataset.mean();
        feed(estimator, 2_000, 202, 0.9);
        return new double[] {after, next, dataset.mean()};
    }

    @ParameterizedTest
    @ValueSource(strings = {"krpo", "spo"})
    void shouldRecoverAPromptAfterAWrongVersion(String name) {
        Estimator estimator = estimator(name);
        feed(estimator, 500, 0, 0.3);
        Belief prompt = one(estimator, null, 0, 50);
        prompt = one(estimator, prompt, 1, EPOCH_MS);
        for (int i = 0; i < 60; i++) {
            prompt = one(estimator, prompt, 0, 51 + i);
        }

        assertThat(prompt.mean()).isLessThan(0.1);
        assertThat(prompt.policyVersion()).isEqualTo(110);
        assertThat(prompt.variance()).isFinite().isLessThan(0.05);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 999, 1_000, 1_001, 1_000_000, Long.MAX_VALUE - 5})
    void shouldNotDiscountALateRewardBeyondTheCap(long ahead) {
        Belief known = new Belief(0.5, 0.01, 10, 5 + ahead);

        double variance = Krpo.of(Krpo.DEFAULTS)
                .estimate(Krpo.known(known), List.of(new Observation(1, 5), new Observation(1, 5 + ahead)))
                .advantages()
                .get(0)
                .variance();

        assertThat(variance).isLessThan(0.25 + 0.01 + 1e-3 * VersionGap.MAX + 1e-12);
    }

    private static Estimator estimator(String name) {
        return name.equals("spo") ? new SpoEstimator(0.5, 20) : Krpo.of(Krpo.DEFAULTS);
    }

    /** Each reward is a new prompt's; ten per version. */
    private void feed(Estimator estimator, int rewards, long version, double rate) {
        for (int i = 0; i < rewards; i++) {
            one(estimator, null, random.nextDouble() < rate ? 1 : 0, version + i / 10);
        }
    }

    private Belief one(Estimator estimator, Belief prompt, double reward, long version) {
        State after = estimator
                .estimate(
                        new State(prompt, dataset),
                        List.of(new Observation(reward, version, new float[] {-1}, Map.of())))
                .state();
        dataset = after.dataset();
        return after.prompt();
    }
}
