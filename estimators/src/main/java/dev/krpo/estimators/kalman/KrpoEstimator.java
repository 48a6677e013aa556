package dev.krpo.estimators.kalman;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Belief;
import dev.krpo.estimators.Estimate;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.EstimatorFactory;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.RangedEstimator;
import dev.krpo.estimators.State;
import dev.krpo.estimators.VersionGap;
import dev.krpo.estimators.kalman.KrpoOptions.Baseline;
import dev.krpo.estimators.kalman.KrpoOptions.Scale;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import java.util.ArrayList;
import java.util.List;

/**
 * A Kalman filter per prompt that persists across groups and policy versions. The equations are the linear filter's
 * (Kalman 1960) that arXiv 2505.07527 section 3.2 restarts in every group; here the state persists, and the reward is
 * compared with a belief that excludes it, so the gradient stays unbiased (but see {@link Baseline#POSTERIOR}). There
 * are two such filters: one of the expected reward, which shows how well the policy answers a prompt, and one that
 * weights the rewards by {@link BaselineTarget} and gives the baselines; with {@link BaselineTarget#MEAN_REWARD} they
 * are the same.
 *
 * <p>A group is applied in these steps:
 *
 * <ol>
 *   <li>The belief is predicted to the newest version among the state and the group. A reward of an older version has
 *       less weight: {@code R_i = R + Q * (versions behind)}. Gaps are capped ({@link VersionGap}); for the dataset, a
 *       gap beyond the cap counts as 0.
 *   <li>R is computed once, from the belief before the group, so the posterior does not depend on the order. The noise
 *       of a reward of weight w_i is {@code N_i = R_i/w_i} for the filter.
 *   <li>Baselines come from the belief before the group, and for leave-one-out also from the other members, in
 *       information form: {@code V_i = 1/(1/P' + sum_{j != i} 1/N_j)}, {@code b_i = x' + V_i sum_{j != i} (r_j -
 *       x')/N_j}. The variance of {@code r_i - b_i} is {@code S_i = V_i + R_i}, without the weight: a scale that
 *       depends on the completion would change the direction of the gradient. The posterior is {@code x = b_i + K_i
 *       (r_i - b_i)} with {@code K_i = V_i/(V_i + N_i)} for every i, and the variance of {@code r_i - x} is {@code (1 -
 *       K_i)^2 S_i}.
 *   <li>All rewards update the belief, in Joseph form, and then R, if it is adapted.
 * </ol>
 *
 * <p>A new prompt starts from its dataset's belief: mean of the dataset, variance {@code P0} plus that of the dataset's
 * mean, at the newest version of its group. The dataset observes a group's precision-weighted mean, with variance
 * {@code P0 + 1/sum 1/N_i}.
 */
public final class KrpoEstimator implements Estimator {

    public static final String NAME = "krpo";

    private final KrpoOptions options;

    public KrpoEstimator(KrpoOptions options) {
        this.options = options;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean grouped() {
        return options.baseline() != Baseline.PRIOR;
    }

    @Override
    public boolean persistent() {
        return true;
    }

    @Override
    public Estimate estimate(State state, List<Observation> group) {
        Estimator.requireGroup(this, group);
        Step expected = step(state, group, BaselineTarget.MEAN_REWARD);
        if (options.target() == BaselineTarget.MEAN_REWARD) {
            return new Estimate(expected.after(), advantages(expected, group));
        }
        Step weighted = step(state.weighted(), group, options.target());
        return new Estimate(expected.after().withWeighted(weighted.after()), advantages(weighted, group));
    }

    /**
     * The effect of a group on one filter.
     *
     * @param prior belief about the prompt, predicted to the group's version
     * @param rewardNoise R_i
     * @param filterNoise N_i
     * @param after state to keep
     */
    @SuppressWarnings("ArrayRecordComponent")
    private record Step(Belief prior, double[] rewardNoise, double[] filterNoise, State after) {}

    private Step step(State state, List<Observation> group, BaselineTarget target) {
        long version = newestVersion(group);
        Belief dataset = predictDataset(state, version);
        Belief prompt = predictPrompt(state, dataset, version);
        double[] weights = target.weights(group);
        double[] rewardNoise = rewardNoise(prompt, group);
        double[] filterNoise = filterNoise(rewardNoise, weights);
        State before = new State(prompt, dataset);
        State after = new State(
                updatePrompt(prompt, group, filterNoise),
                updateDataset(dataset, group, filterNoise(rewardNoise(dataset, group), weights)));
        return new Step(
                prompt,
                rewardNoise,
                filterNoise,
                options.observationNoise().learn(before, after, group, rewardNoise, weights));
    }

    private Belief predictDataset(State state, long version) {
        Belief dataset = state.dataset();
        if (dataset == null) {
            return new Belief(options.priorMean(), options.priorVariance(), 0, version);
        }
        // A dataset has rewards of nearly every version: one wrong version must not erase them.
        boolean plausible = VersionGap.isPlausible(dataset.policyVersion(), version);
        return dataset.predict(version, plausible ? options.processNoise() : 0);
    }

    private Belief predictPrompt(State state, Belief dataset, long version) {
        if (state.prompt() == null) {
            double variance = options.initialVariance() + dataset.variance();
            return new Belief(dataset.mean(), variance, 0, version, dataset.adaptedNoise());
        }
        Belief prompt = state.prompt().predict(version, options.processNoise());
        // The prompt's belief may predate adaptive noise.
        boolean learned = prompt.adaptedNoise() > 0 || dataset.adaptedNoise() == 0;
        return learned ? prompt : prompt.withAdaptedNoise(dataset.adaptedNoise());
    }

    private double[] rewardNoise(Belief belief, List<Observation> group) {
        double current = options.observationNoise().variance(belief);
        double[] noise = new double[group.size()];
        for (int i = 0; i < noise.length; i++) {
            long behind = VersionGap.between(group.get(i).policyVersion(), belief.policyVersion());
            noise[i] = current + options.processNoise() * behind;
        }
        return noise;
    }

    private static double[] filterNoise(double[] rewardNoise, double[] weights) {
        double[] noise = new double[weights.length];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = rewardNoise[i] / weights[i];
        }
        return noise;
    }

    private List<Advantage> advantages(Step step, List<Observation> group) {
        Belief prior = step.prior();
        double[] rewardNoise = step.rewardNoise();
        double[] filterNoise = step.filterNoise();
        int size = group.size();
        // Sums over the members after i; those before i run along. Total minus own would keep the own reward in the
        // last bits.
        double[] precisionAfter = new double[size];
        double[] pullAfter = new double[size];
        for (int i = size - 2; i >= 0; i--) {
            precisionAfter[i] = precisionAfter[i + 1] + 1 / filterNoise[i + 1];
            pullAfter[i] = pullAfter[i + 1] + pull(prior, group.get(i + 1), filterNoise[i + 1]);
        }
        boolean others = options.baseline() != Baseline.PRIOR;
        boolean own = options.baseline() == Baseline.POSTERIOR;
        double precisionBefore = 0;
        double pullBefore = 0;
        List<Advantage> advantages = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            double precision = others ? precisionBefore + precisionAfter[i] : 0;
            double pull = others ? pullBefore + pullAfter[i] : 0;
            double variance = prior.variance() / (1 + prior.variance() * precision);
            double baseline = prior.mean() + variance * pull;
            double differenceVariance = variance + rewardNoise[i];
            if (own) {
                double gain = variance / (variance + filterNoise[i]);
                baseline += gain * (group.get(i).reward() - baseline);
                differenceVariance *= (1 - gain) * (1 - gain);
            }
            double difference = group.get(i).reward() - baseline;
            double scale = options.scale() == Scale.NONE ? 1 : Math.sqrt(differenceVariance);
            advantages.add(new Advantage(difference / scale, baseline, differenceVariance));
            precisionBefore += 1 / filterNoise[i];
            pullBefore += pull(prior, group.get(i), filterNoise[i]);
        }
        return advantages;
    }

    private static double pull(Belief prior, Observation observation, double noise) {
        return (observation.reward() - prior.mean()) / noise;
    }

    private static Belief updatePrompt(Belief prior, List<Observation> group, double[] noise) {
        Belief posterior = prior;
        for (int i = 0; i < noise.length; i++) {
            posterior = posterior.update(group.get(i).reward(), noise[i]);
        }
        return posterior;
    }

    private Belief updateDataset(Belief dataset, List<Observation> group, double[] noise) {
        double precision = 0;
        double weighted = 0;
        for (int i = 0; i < noise.length; i++) {
            precision += 1 / noise[i];
            weighted += group.get(i).reward() / noise[i];
        }
        return dataset.update(weighted / precision, options.initialVariance() + 1 / precision);
    }

    private static long newestVersion(List<Observation> group) {
        long newest = 0;
        for (Observation observation : group) {
            newest = Math.max(newest, observation.policyVersion());
        }
        return newest;
    }

    public static final class Factory implements EstimatorFactory {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "a Kalman filter for each prompt that persists, works from group size 1";
        }

        @Override
        public List<Section> settings() {
            return List.of(KrpoOptions.SETTINGS);
        }

        @Override
        public Estimator create(Config config) {
            KrpoOptions options = KrpoOptions.of(config);
            boolean scaled = options.scale() != Scale.NONE;
            return RangedEstimator.of(
                    new KrpoEstimator(options),
                    scaled ? RangedEstimator.Unit.NONE : RangedEstimator.Unit.REWARD,
                    config);
        }
    }
}
