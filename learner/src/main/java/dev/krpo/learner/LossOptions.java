package dev.krpo.learner;

import dev.krpo.learner.aggregate.Aggregation;
import dev.krpo.learner.loss.PolicyObjective;
import dev.krpo.learner.loss.PolicyObjective.Limits;
import dev.krpo.learner.normalize.AdvantageNormalization;
import dev.krpo.learner.penalty.KlEstimator;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;

/**
 * Options of the training objective: policy loss + klCoefficient KL - entropyCoefficient entropy, each aggregated in
 * the same way. Each component is documented by its setting.
 */
public record LossOptions(
        AdvantageNormalization normalization,
        PolicyObjective objective,
        Limits limits,
        Aggregation aggregation,
        KlEstimator klEstimator,
        double klCoefficient,
        double entropyCoefficient) {

    public static final Section SETTINGS = Section.of("trainer", "Loss", "trainer, replay");

    private static final Setting<PolicyObjective> POLICY_LOSS = SETTINGS.choice("policyLoss", PolicyObjective.CLIPPED)
            .doc("How off-policy tokens are weighted. clipped: PPO's surrogate. truncated-is: its importance"
                    + " ratio, at most truncation. decoupled: PPO around the current policy, weighted by its ratio"
                    + " to the behaviour policy, at most truncation. gspo: the surrogate of whole completions,"
                    + " clipped 500 times closer (0.0003 and 0.0004). gmpo: the geometric mean of ratios clipped in"
                    + " log space (0.4 and 0.4). cispo: log-probability weighted by the clipped ratio (clipLow 1"
                    + " sets no lower bound). tic: the ratio of whole completions, clipped above. The page on losses"
                    + " has the formulas.");
    private static final Setting<Double> TRUNCATION = SETTINGS.number("truncation", 2)
            .above(0.0)
            .inFloat32()
            .doc("Maximum importance weight of truncated-is and decoupled.");
    private static final Setting<Double> CLIP_LOW = SETTINGS.number("clipLow", 0.2)
            .above(0.0)
            .inFloat32()
            .doc("The importance ratio is clipped below at 1 - clipLow (gmpo: its log at -clipLow). 0.2 is for"
                    + " token ratios; gspo needs its own value.");
    private static final Setting<Double> CLIP_HIGH = SETTINGS.number("clipHigh", 0.2)
            .above(0.0)
            .inFloat32()
            .doc("The importance ratio is clipped above at 1 + clipHigh (gmpo: its log at clipHigh).");
    static final Setting<Double> CLIP_C = SETTINGS.number("clipC", 3)
            .above(1.0)
            .orInfinity()
            .doc("Maximum importance ratio with a negative advantage, where clipped, gspo and gmpo set no"
                    + " bound (dual clip, arXiv 1912.09729); Infinity disables it. The other losses have their own"
                    + " bound.");
    static final Setting<Double> MAX_LOG_RATIO = SETTINGS.number("maxLogRatio", 20)
            .above(0.0)
            .orInfinity()
            .unit("nats")
            .doc("Maximum absolute log importance ratio, applied before exp; Infinity disables the bound.");
    private static final Setting<Double> KL_COEFFICIENT = SETTINGS.number("klCoefficient", 0)
            .atLeast(0.0)
            .inFloat32()
            .doc("Weight of the KL penalty that keeps the policy near the base model; 0 skips the reference"
                    + " model.");
    private static final Setting<KlEstimator> KL_ESTIMATOR = SETTINGS.choice("klEstimator", KlEstimator.K3)
            .doc("The KL penalty. k1, k2, k3: estimated from the tokens drawn; k1 and k2 have the same gradient."
                    + " direct: summed over the vocabulary at each position.");
    private static final Setting<Double> ENTROPY_COEFFICIENT = SETTINGS.number("entropyCoefficient", 0)
            .atLeast(0.0)
            .inFloat32()
            .doc("Weight of the bonus for the entropy of the policy at each position in nats; 0 skips it.");
    private static final Setting<String> AGGREGATION = SETTINGS.choice("aggregation", "token-mean", Aggregation.names())
            .doc("token-mean: all tokens are weighted equally. sequence-mean: all completions are weighted"
                    + " equally; intended for gspo, gmpo and tic. constant: the sum over tokens divided by samples"
                    + " times maxTokens (Dr. GRPO). length-weighted: token-mean with lengthPreference (lambda-GRPO).");
    static final Setting<Integer> MAX_TOKENS = SETTINGS.integer("maxTokens", 0)
            .between(0, 1_000_000)
            .unit("tokens")
            .doc("Divisor of aggregation constant, in tokens per sample; 0 uses scheduler.maxNewTokens.");
    private static final Setting<Double> LENGTH_PREFERENCE = SETTINGS.number("lengthPreference", 0)
            .doc("Lambda of aggregation length-weighted: below 0 favours short completions, above 0 long ones;"
                    + " 0 is token-mean.");
    public static final Setting<AdvantageNormalization> ADVANTAGE_NORMALIZATION = SETTINGS.choice(
                    "advantageNormalization", AdvantageNormalization.NONE)
            .doc("Normalisation of a batch's advantages before the loss. batch-mean-std: standardised over its"
                    + " samples (SPO, GDPO). token-mean-std: over its tokens (REINFORCE++). batch-std: divided by"
                    + " their standard deviation only.");

    static LossOptions of(Config config, int maxNewTokens) {
        return new LossOptions(
                config.get(ADVANTAGE_NORMALIZATION),
                config.get(POLICY_LOSS),
                new Limits(
                        config.get(CLIP_LOW),
                        config.get(CLIP_HIGH),
                        config.get(TRUNCATION),
                        config.get(CLIP_C),
                        config.get(MAX_LOG_RATIO)),
                Aggregation.named(
                        config.get(AGGREGATION), maxTokens(config, maxNewTokens), config.get(LENGTH_PREFERENCE)),
                config.get(KL_ESTIMATOR),
                config.get(KL_COEFFICIENT),
                config.get(ENTROPY_COEFFICIENT));
    }

    static int maxTokens(Config config, int maxNewTokens) {
        int given = config.get(MAX_TOKENS);
        return given > 0 ? given : maxNewTokens;
    }
}
