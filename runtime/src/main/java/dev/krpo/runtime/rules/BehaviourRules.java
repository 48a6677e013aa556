package dev.krpo.runtime.rules;

import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.util.Optional;

/**
 * Constraints on the distribution that a completion was drawn from, and on its recorded log-probabilities, that must
 * hold before an estimator or a loss uses them. Checked by both topology and trainer.
 *
 * @param minLogProb nats, < 0; see {@link #MIN_LOG_PROB}
 */
public record BehaviourRules(double minLogProb) {

    public static final Section SETTINGS = Section.of("rollouts", "Rollouts", "streams, trainer");

    private static final Setting<Double> MIN_LOG_PROB = SETTINGS.number("minLogProb", -30)
            .between(-100_000.0, -1.0)
            .unit("nats")
            .doc("Minimum plausible log-probability of a drawn token; a rollout with a smaller one becomes a"
                    + " dead letter. A token of probability e^-30 is drawn once in 10^13 times, while inference"
                    + " servers write -9999 for \"very unlikely\".");

    /**
     * Minimum temperature: logits are in the tens, so below this the quotient exceeds the accuracy of float32, and
     * sampling is greedy anyway.
     */
    public static final double MIN_TEMPERATURE = 0.01;

    /** Maximum temperature: above this, all tokens are equally probable. */
    public static final double MAX_TEMPERATURE = 100;

    /** Tolerance for a float32 log-softmax slightly above 0. */
    private static final float ROUNDING = 1e-4f;

    /** Tolerance for a recorded nucleus mass below topP: it is a float32 sum over a whole vocabulary. */
    private static final double NUCLEUS_ROUNDING = 1e-3;

    /** @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy */
    public static BehaviourRules of(Config config) {
        return new BehaviourRules(config.get(MIN_LOG_PROB));
    }

    /**
     * Returns the first broken rule, if any.
     *
     * @param tokens of the completion
     * @param logProbs behaviourLogProbs
     * @param nucleusLogMass empty if there is none
     */
    public Optional<Rejection> firstBroken(
            int tokens, float[] logProbs, float[] nucleusLogMass, double temperature, double topP) {
        return sampling(temperature, topP)
                .or(() -> logProbs(tokens, logProbs))
                .or(() -> nucleus(tokens, nucleusLogMass, topP))
                .or(() -> plausible(logProbs, nucleusLogMass));
    }

    private static Optional<Rejection> sampling(double temperature, double topP) {
        boolean valid = temperature >= MIN_TEMPERATURE && temperature <= MAX_TEMPERATURE && topP > 0 && topP <= 1;
        return valid
                ? Optional.empty()
                : broken(
                        "sampling-out-of-range",
                        "sampling.temperature is " + temperature + " and sampling.topP is " + topP + "; "
                                + MIN_TEMPERATURE + " <= temperature <= " + MAX_TEMPERATURE
                                + " and 0 < topP <= 1 must hold");
    }

    private static Optional<Rejection> logProbs(int tokens, float[] logProbs) {
        if (logProbs.length != tokens) {
            return broken(
                    "array-lengths-differ",
                    "behaviourLogProbs has " + logProbs.length + " values and completionTokens has " + tokens
                            + "; record one log-probability per completion token");
        }
        for (int i = 0; i < tokens; i++) {
            if (!Float.isFinite(logProbs[i])) {
                return broken(
                        "log-prob-not-finite",
                        "behaviourLogProbs[" + i + "] is " + logProbs[i]
                                + "; record the finite log-probability of the drawn token");
            }
            if (logProbs[i] > ROUNDING) {
                return broken(
                        "log-prob-positive",
                        "behaviourLogProbs[" + i + "] is " + logProbs[i]
                                + "; record natural logarithms of probabilities, which are <= 0");
            }
        }
        return Optional.empty();
    }

    private static Optional<Rejection> nucleus(int tokens, float[] logMass, double topP) {
        if (topP == 1) {
            return logMass.length == 0
                    ? Optional.empty()
                    : broken(
                            "nucleus-mass-unexpected",
                            "nucleusLogMass has " + logMass.length
                                    + " values and sampling.topP is 1.0, which keeps the whole vocabulary;"
                                    + " leave nucleusLogMass empty");
        }
        if (logMass.length == 0) {
            return broken(
                    "nucleus-mass-missing",
                    "sampling.topP is " + topP
                            + " and nucleusLogMass is empty; record the logarithm of the probability mass kept"
                            + " by top-p for each token, or sample with topP 1");
        }
        if (logMass.length != tokens) {
            return broken(
                    "array-lengths-differ",
                    "nucleusLogMass has " + logMass.length + " values and completionTokens has " + tokens
                            + "; record one value per completion token");
        }
        double smallest = Math.log(topP) - NUCLEUS_ROUNDING;
        for (int i = 0; i < tokens; i++) {
            if (!(logMass[i] >= smallest && logMass[i] <= ROUNDING)) {
                return broken(
                        "nucleus-mass-out-of-range",
                        "nucleusLogMass[" + i + "] is " + logMass[i] + " and sampling.topP is " + topP
                                + "; a nucleus has a mass of at least topP and at most 1, so record a value from "
                                + (float) Math.log(topP) + " to 0");
            }
        }
        return Optional.empty();
    }

    private Optional<Rejection> plausible(float[] logProbs, float[] nucleusLogMass) {
        for (int i = 0; i < logProbs.length; i++) {
            float logProb = logProbs[i] + (nucleusLogMass.length == 0 ? 0 : nucleusLogMass[i]);
            if (logProb < minLogProb) {
                return broken(
                        "log-prob-implausible",
                        "behaviourLogProbs[" + i + "] is " + logProbs[i] + ", less than " + MIN_LOG_PROB
                                + " (" + minLogProb
                                + "); record the log-probability with which the token was drawn, not a"
                                + " placeholder of the inference server");
            }
        }
        return Optional.empty();
    }

    private static Optional<Rejection> broken(String reason, String detail) {
        return Optional.of(new Rejection(reason, detail));
    }
}
