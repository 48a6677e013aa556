package dev.krpo.estimators.single;

import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Belief;
import dev.krpo.estimators.Estimate;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.EstimatorFactory;
import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.RangedEstimator;
import dev.krpo.estimators.State;
import dev.krpo.estimators.VersionGap;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.util.ArrayList;
import java.util.List;

/**
 * Single-stream value tracker, arXiv 2509.13232 section 4.1, for rewards in [0, 1]. Each prompt has a Beta(a, b) belief
 * that persists: {@code A = r - v} with {@code v = a/(a + b)} from before the reward, then {@code a = rho a + r},
 * {@code b = rho b + 1 - r}. Rewards are processed one by one, without waiting for a group. The variance is {@code v(1
 * - v)}, that of a right-or-wrong reward under the belief. The normalisation over the batch belongs to the trainer.
 *
 * <p>The paper uses {@code rho = 2^(-D/D_half)}, clipped to [0.875, 0.96], with D the divergence of the policy since
 * the prompt's last reward. D requires the policy, so this class assumes that it grows evenly: {@code rho =
 * 2^(-versions/halfLife)} with the same clip. A reward of a policy older than the belief counts as one of the same
 * policy.
 *
 * <p>The paper samples some completions of each prompt before training. Here a prompt starts at its dataset's mean with
 * the paper's count {@code N0 = 1/(1 - 0.875) = 8}. The dataset has its own belief, which forgets by versions alone,
 * without the clip, because it gets many rewards per version.
 */
public final class SpoEstimator implements Estimator {

    public static final String NAME = "spo";

    public static final Section SETTINGS = Section.of("estimator", "Estimator spo", "streams");

    static final Setting<Double> HALF_LIFE = SETTINGS.number("spoHalfLifeVersions", 20)
            .above(0.0)
            .unit("policy versions")
            .doc("Time in which spo forgets half of a prompt's history, within its limits: each reward keeps between"
                    + " 0.875 and 0.96 of it.");

    private static final double MIN_RETAINED = 0.875;
    private static final double MAX_RETAINED = 0.96;
    private static final double INITIAL_COUNT = 1 / (1 - MIN_RETAINED);

    private final double priorMean;
    private final double halfLife;

    /**
     * @param priorMean expected reward of a dataset before its first reward, in [0, 1]
     * @param halfLife policy versions after which a belief has lost half of its count, > 0
     */
    public SpoEstimator(double priorMean, double halfLife) {
        this.priorMean = priorMean;
        this.halfLife = halfLife;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean grouped() {
        return false;
    }

    @Override
    public boolean persistent() {
        return true;
    }

    @Override
    public Estimate estimate(State state, List<Observation> group) {
        Estimator.requireGroup(this, group);
        Belief dataset = state.dataset() == null ? fresh(priorMean, group) : state.dataset();
        Belief prompt = state.prompt() == null ? fresh(dataset.mean(), group) : state.prompt();
        List<Advantage> advantages = new ArrayList<>(group.size());
        for (Observation observation : group) {
            BetaCounts belief = BetaCounts.of(prompt);
            advantages.add(new Advantage(observation.reward() - belief.mean(), belief.mean(), belief.rewardVariance()));
            double retained = retained(prompt, observation);
            prompt = after(prompt, observation, Math.min(MAX_RETAINED, Math.max(MIN_RETAINED, retained)));
            dataset = after(dataset, observation, retained(dataset, observation));
        }
        return new Estimate(new State(prompt, dataset), advantages);
    }

    private static Belief fresh(double mean, List<Observation> group) {
        return new BetaCounts(mean, INITIAL_COUNT).toBelief(0, group.get(0).policyVersion());
    }

    private double retained(Belief before, Observation observation) {
        // One wrong version must not erase a dataset's rewards.
        long versions = VersionGap.isPlausible(before.policyVersion(), observation.policyVersion())
                ? VersionGap.between(before.policyVersion(), observation.policyVersion())
                : 0;
        return Math.pow(2, -versions / halfLife);
    }

    private static Belief after(Belief before, Observation observation, double retained) {
        long version = VersionGap.isNotLater(before.policyVersion(), observation.policyVersion())
                ? before.policyVersion()
                : observation.policyVersion();
        return BetaCounts.of(before)
                .observe(observation.reward(), retained)
                .toBelief(before.observations() + 1, version);
    }

    public static final class Factory implements EstimatorFactory {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "success counts for each prompt that persist";
        }

        @Override
        public List<Section> settings() {
            return List.of(SETTINGS);
        }

        @Override
        public Estimator create(Config config) {
            return RangedEstimator.of(
                    new SpoEstimator(config.get(Estimators.PRIOR_MEAN), config.get(HALF_LIFE)),
                    RangedEstimator.Unit.REWARD,
                    config);
        }
    }
}
