package dev.krpo.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.experiments.ExperimentConfig.Condition;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SynchronousRunTest {

    @Test
    void shouldReproduceTheSameCurve() {
        assertThat(withoutTimes(run(spec(0, 0)))).isEqualTo(withoutTimes(run(spec(0, 0))));
    }

    @Test
    void shouldDependOnTheSeed() {
        assertThat(rewards(run(spec(0, 0, 1)))).isNotEqualTo(rewards(run(spec(0, 0, 2))));
    }

    @Test
    void shouldTrainOnABatchOnceItIsAsOldAsTheLag() {
        // 4 batches; with a lag of 2 the last two are never trained on.
        assertThat(run(spec(0, 0)).last().version()).isEqualTo(4);
        assertThat(run(spec(0, 2)).last().version()).isEqualTo(2);
    }

    @Test
    void shouldFlipTheConfiguredShareOfTheRewards() {
        // The base model is right in about 30 %; flipping half of the rewards would give 50 %.
        double honest = run(spec(0, 3)).last().reward();
        double noisy = run(spec(0.4, 3)).last().reward();

        assertThat(noisy).isBetween(honest * 0.6 + (1 - honest) * 0.4 - 0.12, honest * 0.6 + (1 - honest) * 0.4 + 0.12);
    }

    @Test
    void shouldCountADivergedRunAsAccuracyZero() {
        RunResult result = run(Experiments.run(new Condition(null, 0, 0, null), Map.of(), 1e30, 1));

        assertThat(result.curve()).hasSize(3);
        assertThat(result.last().accuracy()).isZero();
        assertThat(result.last().rollouts()).isEqualTo(256);
    }

    @Test
    void shouldTrainOnKeptCompletionsAndGenerateUntilTheBatchIsFull() {
        Map<String, String> arm =
                Map.of("estimator.name", "grpo", "scheduler.groupSize", "4", "estimator.filter", "dynamic-sampling");

        // Some groups of the base model are all wrong: fewer than 64 of 64 are kept, so four batches make fewer steps.
        assertThat(run(Experiments.run(arm)).last().version()).isBetween(1L, 3L);
    }

    @Test
    void shouldPenaliseLengthLikeAWorker() {
        Map<String, String> range = Map.of("estimator.rewardRange", "-1, 1");
        Map<String, String> punished = Map.of("estimator.rewardRange", "-1, 1", "worker.overlongTokens", "4");

        assertThat(run(Experiments.run(punished)).last().reward())
                .isLessThan(run(Experiments.run(range)).last().reward());
    }

    @Test
    void shouldEvaluateWithTheTrainingReward() {
        // The base model's answers have no tag, so exact-match gives some of them 1 and answer-tag gives all of
        // them 0.
        RunResult plain = run(spec(0, 3));
        RunResult tagged =
                run(Experiments.run(new Condition(null, 0, 3, null), Map.of("worker.reward", "answer-tag"), 1e-3, 1));

        assertThat(plain.last().accuracy()).isPositive();
        assertThat(tagged.last().accuracy()).isZero();
        assertThat(tagged.last().reward()).isZero();
    }

    @Test
    void shouldMeasureGradientsWithoutChangingThePolicy() {
        try (SynchronousRun run = SynchronousRun.of(spec(0, 0));
                SynchronousRun still = run.still(spec(0, 0))) {
            List<float[]> gradients = still.gradients(1, 3);

            assertThat(gradients).hasSize(3);
            assertThat(GradientNoise.of(gradients).noise()).isPositive();
            assertThat(withoutTimes(run.run())).isEqualTo(withoutTimes(run(spec(0, 0))));
        }
    }

    private static RunResult run(RunSpec spec) {
        try (SynchronousRun run = SynchronousRun.of(spec)) {
            return run.run();
        }
    }

    private static List<List<Object>> withoutTimes(RunResult result) {
        return result.curve().stream()
                .map(point -> List.<Object>of(
                        point.rollouts(), point.version(), point.reward(), point.accuracy(), point.gradientNorm()))
                .toList();
    }

    private static List<Double> rewards(RunResult result) {
        return result.curve().stream().map(RunResult.Point::reward).toList();
    }

    private static RunSpec spec(double rewardFlip, int lag) {
        return spec(rewardFlip, lag, 1);
    }

    private static RunSpec spec(double rewardFlip, int lag, long seed) {
        return Experiments.run(new Condition(null, rewardFlip, lag, null), Map.of(), 1e-3, seed);
    }
}
