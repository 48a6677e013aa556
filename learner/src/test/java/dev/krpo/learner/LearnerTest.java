package dev.krpo.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.krpo.learner.aggregate.TokenMean;
import dev.krpo.learner.loss.Limits;
import dev.krpo.learner.loss.PolicyLoss;
import dev.krpo.learner.loss.PolicyLosses;
import dev.krpo.learner.normalize.BatchMeanStd;
import dev.krpo.learner.normalize.NoNormalization;
import dev.krpo.learner.penalty.K3;
import dev.krpo.learner.penalty.KlEstimator;
import dev.krpo.learner.penalty.KlEstimators;
import dev.krpo.policy.Policy;
import dev.krpo.policy.checkpoint.HostTensor;
import dev.krpo.policy.generate.Completion;
import dev.krpo.policy.generate.CompletionRequest;
import dev.krpo.policy.generate.Sampler;
import dev.krpo.policy.generate.SamplingOptions;
import dev.krpo.policy.generate.VersionedPolicy;
import dev.krpo.settings.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LearnerTest {

    private static final Limits LIMITS = new Limits(0.2, 0.2, 2);

    static Set<String> losses() {
        return PolicyLosses.ALL.names();
    }

    static Stream<KlEstimator> klEstimators() {
        return KlEstimators.ALL.all().stream().map(factory -> factory.create(Config.defaults()));
    }

    @Test
    void shouldRaiseTheProbabilityOfRewardedTokens() {
        try (Learner learner = new Learner(SmallPolicies.policy(5), null, options(0, 3e-3))) {
            double before = successRate(learner.policy(), 99);
            for (int step = 0; step < 60; step++) {
                learner.step(samples(learner.policy(), step));
            }
            assertThat(successRate(learner.policy(), 99)).isGreaterThan(before + 0.3);
        }
    }

    @Test
    void shouldResumeBitIdenticallyAfterARestore() {
        try (Learner whole = new Learner(SmallPolicies.policy(5), null, options(0, 1e-3));
                Learner first = new Learner(SmallPolicies.policy(5), null, options(0, 1e-3))) {
            List<List<TrainingSequence>> batches = new ArrayList<>();
            for (int step = 0; step < 6; step++) {
                batches.add(samples(whole.policy(), step));
            }
            batches.forEach(whole::step);
            batches.subList(0, 3).forEach(first::step);

            try (Learner second = new Learner(SmallPolicies.policy(first.weights()), null, options(0, 1e-3))) {
                second.restore(first.optimizerState(), 3);
                batches.subList(3, 6).forEach(second::step);

                Map<String, HostTensor> expected = whole.weights();
                second.weights().forEach((name, tensor) -> assertThat(tensor.values())
                        .as(name)
                        .isEqualTo(expected.get(name).values()));
            }
        }
    }

    @Test
    void shouldLeaveNothingBehindWhenAStepFails() {
        try (Learner whole = new Learner(SmallPolicies.policy(5), null, options(0, 1e-3));
                Learner failing = new Learner(SmallPolicies.policy(5), null, options(0, 1e-3))) {
            List<TrainingSequence> batch = samples(whole.policy(), 1);
            assertFails(failing, batch);
            whole.step(batch);
            failing.step(batch);
            assertFails(failing, batch);
            whole.step(batch);
            failing.step(batch);

            Map<String, HostTensor> expected = whole.weights();
            failing.weights().forEach((name, tensor) -> assertThat(tensor.values())
                    .as(name)
                    .isEqualTo(expected.get(name).values()));
            Map<String, HostTensor> state = whole.optimizerState();
            failing.optimizerState().forEach((name, tensor) -> assertThat(tensor.values())
                    .as(name)
                    .isEqualTo(state.get(name).values()));
        }
    }

    /**
     * Fails with a gradient that overflows, a token that the model does not have, and more elements than an array can
     * hold.
     */
    private static void assertFails(Learner learner, List<TrainingSequence> batch) {
        TrainingSequence good = batch.get(0);
        TrainingSequence overflowing = new TrainingSequence(
                good.prompt(), good.completion(), good.behaviourLogProbs(), good.temperature(), 1e38);
        TrainingSequence foreign =
                new TrainingSequence(good.prompt(), new int[] {100_000}, new float[] {-1}, good.temperature(), 1);
        TrainingSequence endless = new TrainingSequence(
                new int[40_000_000], good.completion(), good.behaviourLogProbs(), good.temperature(), 1);
        assertThatThrownBy(() -> learner.step(with(batch, endless))).isInstanceOf(FailedStepException.class);
        assertThatThrownBy(() -> learner.step(with(batch, overflowing)))
                .isInstanceOfSatisfying(FailedStepException.class, failure -> assertThat(failure.notFinite())
                        .isTrue());
        assertThatThrownBy(() -> learner.gradients(with(batch, overflowing))).isInstanceOf(FailedStepException.class);
        assertThatThrownBy(() -> learner.step(with(batch, foreign)))
                .isInstanceOfSatisfying(FailedStepException.class, failure -> assertThat(failure.notFinite())
                        .isFalse())
                .hasMessageContaining("trainer.batchSize")
                .hasMessageNotContaining("\n");
        learner.gradients(batch).close();
    }

    private static List<TrainingSequence> with(List<TrainingSequence> batch, TrainingSequence other) {
        List<TrainingSequence> more = new ArrayList<>(batch);
        more.set(17, other);
        return more;
    }

    @Test
    void shouldHaveARatioOfOneAndNoClippingOnFreshSamples() {
        try (Learner learner = new Learner(SmallPolicies.policy(6), null, options(0, 1e-4))) {
            StepStatistics statistics = learner.step(samples(learner.policy(), 1));

            assertThat(statistics.loss().importanceRatioMean()).isCloseTo(1, within(1e-3));
            assertThat(statistics.loss().clipFraction()).isZero();
        }
    }

    /** The clip range is the tolerance: nothing is clipped when every ratio is 1 within 1e-5. */
    @ParameterizedTest
    @MethodSource("temperaturesAndNuclei")
    void shouldHaveARatioOfOneOnFreshSamplesAtAnyTemperatureAndNucleus(double temperature, double topP) {
        PolicyLoss clipped = new Limits(1e-5, 1e-5, 2).loss("clipped");
        try (Learner learner = new Learner(SmallPolicies.policy(6), null, options(1e-4, clipped, new K3(), 0, 0))) {
            List<TrainingSequence> samples = fresh(learner.policy(), new SamplingOptions(temperature, topP, 8));

            assertThat(learner.step(samples).loss().clipFraction()).isZero();
        }
    }

    static Stream<Arguments> temperaturesAndNuclei() {
        return Stream.of(0.25, 0.7, 1.0, 1.5).flatMap(temperature -> Stream.of(0.1, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
                .map(topP -> Arguments.of(temperature, topP)));
    }

    private static List<TrainingSequence> fresh(Policy policy, SamplingOptions sampling) {
        int[] prompt = policy.tokenizer().encode("3+4=");
        return completions(policy, prompt, 1, sampling).stream()
                .map(completion -> new TrainingSequence(
                        prompt,
                        completion.tokens(),
                        TrainingSequence.wholeVocabulary(completion.logProbs(), completion.nucleusLogMass()),
                        sampling.temperature(),
                        1))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("losses")
    void shouldLearnFromStaleSamplesWithEveryLoss(String loss) {
        LearnerOptions options = options(3e-3, LIMITS.loss(loss), new K3(), 0, 0);
        try (Learner learner = new Learner(SmallPolicies.policy(6), null, options)) {
            double before = successRate(learner.policy(), 100);
            List<TrainingSequence> stale = samples(learner.policy(), 1);
            for (int step = 2; step < 25; step++) {
                learner.step(stale);
                stale = step % 3 == 0 ? samples(learner.policy(), step) : stale;
            }
            assertThat(successRate(learner.policy(), 101)).isGreaterThan(before + 0.1);
        }
    }

    @Test
    void shouldMeasureZeroKlFromTheReferenceAtFirstAndPositiveKlLater() {
        try (Learner learner = new Learner(SmallPolicies.policy(6), SmallPolicies.policy(6), options(0.1, 3e-3))) {
            assertThat(learner.step(samples(learner.policy(), 1)).loss().kl()).isCloseTo(0, within(1e-5));
            for (int step = 2; step < 8; step++) {
                learner.step(samples(learner.policy(), step));
            }
            assertThat(learner.step(samples(learner.policy(), 9)).loss().kl()).isGreaterThan(1e-4);
        }
    }

    @ParameterizedTest
    @MethodSource("klEstimators")
    void shouldStayCloserToTheReferenceWithAPenalty(KlEstimator estimator) {
        assertThat(klAfterTraining(estimator, 1)).isLessThan(0.5 * klAfterTraining(estimator, 1e-9));
    }

    /** The mean k3 of the last of some steps that all reward the same token. */
    private static double klAfterTraining(KlEstimator estimator, double coefficient) {
        LearnerOptions options = options(3e-3, LIMITS.loss("clipped"), estimator, coefficient, 0);
        try (Learner learner = new Learner(SmallPolicies.policy(6), SmallPolicies.policy(6), options)) {
            for (int step = 0; step < 30; step++) {
                learner.step(samples(learner.policy(), step));
            }
            return learner.step(samples(learner.policy(), 30)).loss().kl();
        }
    }

    @Test
    void shouldKeepMoreEntropyWithABonus() {
        assertThat(entropyAfterTraining(0.5)).isGreaterThan(entropyAfterTraining(0) + 0.1);
    }

    private static double entropyAfterTraining(double coefficient) {
        LearnerOptions options = options(3e-3, LIMITS.loss("clipped"), new K3(), 0, coefficient);
        try (Learner learner = new Learner(SmallPolicies.policy(6), null, options)) {
            for (int step = 0; step < 40; step++) {
                learner.step(samples(learner.policy(), step));
            }
            return learner.step(samples(learner.policy(), 40)).loss().entropy();
        }
    }

    @Test
    void shouldAddThePenaltyToTheTotalLoss() {
        LearnerOptions options = options(3e-3, LIMITS.loss("clipped"), new K3(), 0.3, 0);
        try (Learner learner = new Learner(SmallPolicies.policy(6), SmallPolicies.policy(7), options)) {
            StepStatistics statistics = learner.step(samples(learner.policy(), 1));

            assertThat(statistics.loss().kl()).isPositive();
            assertThat(statistics.loss().total())
                    .isCloseTo(
                            statistics.loss().policyLoss()
                                    + 0.3 * statistics.loss().kl(),
                            within(1e-6));
        }
    }

    @Test
    void shouldTrainWithNormalisedAdvantages() {
        LearnerOptions plain = options(0, 1e-3);
        LossOptions loss = plain.loss();
        LearnerOptions normalising = new LearnerOptions(
                plain.learningRate(),
                plain.warmupSteps(),
                new LossOptions(
                        new BatchMeanStd(),
                        loss.policyLoss(),
                        loss.maxLogRatio(),
                        loss.aggregation(),
                        loss.klEstimator(),
                        0,
                        0),
                plain.maxGradientNorm(),
                plain.beta1(),
                plain.beta2(),
                plain.epsilon(),
                plain.weightDecay(),
                plain.forward());
        try (Learner given = new Learner(SmallPolicies.policy(6), null, plain);
                Learner normalised = new Learner(SmallPolicies.policy(6), null, normalising)) {
            List<TrainingSequence> samples = samples(given.policy(), 1);
            double[] advantages = new BatchMeanStd()
                    .apply(
                            samples.stream()
                                    .mapToDouble(TrainingSequence::advantage)
                                    .toArray(),
                            new int[samples.size()]);
            List<TrainingSequence> byHand = new ArrayList<>();
            for (int i = 0; i < samples.size(); i++) {
                TrainingSequence sample = samples.get(i);
                byHand.add(new TrainingSequence(
                        sample.prompt(), sample.completion(), sample.behaviourLogProbs(), 1, advantages[i]));
            }
            given.step(byHand);
            normalised.step(samples);

            Map<String, HostTensor> expected = given.weights();
            normalised.weights().forEach((name, tensor) -> assertThat(tensor.values())
                    .as(name)
                    .isEqualTo(expected.get(name).values()));
        }
    }

    @ParameterizedTest
    @MethodSource("klEstimators")
    void shouldFreeWhatAStepAllocated(KlEstimator estimator) {
        LearnerOptions options = options(1e-4, LIMITS.loss("clipped"), estimator, 0.1, 0.1);
        Policy reference = SmallPolicies.policy(6);
        try (Learner learner = new Learner(SmallPolicies.policy(6), reference, options)) {
            learner.step(samples(learner.policy(), 0));
            int before = learner.policy().manager().getManagedArrays().size();
            int beforeInReference = reference.manager().getManagedArrays().size();
            for (int step = 1; step < 5; step++) {
                learner.step(samples(learner.policy(), step));
            }
            assertThat(learner.policy().manager().getManagedArrays()).hasSize(before);
            assertThat(reference.manager().getManagedArrays()).hasSize(beforeInReference);
        }
    }

    /** One-token completions; "7" is rewarded. */
    private static List<TrainingSequence> samples(Policy policy, int round) {
        List<TrainingSequence> samples = new ArrayList<>();
        int[] prompt = policy.tokenizer().encode("3+4=");
        for (Completion completion : completions(policy, prompt, round)) {
            boolean right = completion.tokens()[0] == policy.tokenizer().encode("7")[0];
            samples.add(new TrainingSequence(prompt, completion.tokens(), completion.logProbs(), 1, right ? 1 : -0.1));
        }
        return samples;
    }

    private static double successRate(Policy policy, int round) {
        int seven = policy.tokenizer().encode("7")[0];
        return completions(policy, policy.tokenizer().encode("3+4="), round).stream()
                .mapToInt(completion -> completion.tokens()[0] == seven ? 1 : 0)
                .average()
                .orElseThrow();
    }

    private static List<Completion> completions(Policy policy, int[] prompt, int round) {
        return completions(policy, prompt, round, new SamplingOptions(1, 1, 1));
    }

    private static List<Completion> completions(Policy policy, int[] prompt, int round, SamplingOptions sampling) {
        List<CompletionRequest> requests = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            requests.add(new CompletionRequest(prompt, 1000L * round + i));
        }
        return new Sampler(() -> new VersionedPolicy(0, policy)).generate(requests, sampling);
    }

    private static LearnerOptions options(double klCoefficient, double learningRate) {
        return options(learningRate, LIMITS.loss("clipped"), new K3(), klCoefficient, 0);
    }

    private static LearnerOptions options(
            double learningRate,
            PolicyLoss policyLoss,
            KlEstimator klEstimator,
            double klCoefficient,
            double entropyCoefficient) {
        return new LearnerOptions(
                learningRate,
                0,
                new LossOptions(
                        new NoNormalization(),
                        policyLoss,
                        Double.POSITIVE_INFINITY,
                        new TokenMean(),
                        klEstimator,
                        klCoefficient,
                        entropyCoefficient),
                1,
                0.9,
                0.99,
                1e-8,
                0.01,
                Forward.FUSED);
    }
}
