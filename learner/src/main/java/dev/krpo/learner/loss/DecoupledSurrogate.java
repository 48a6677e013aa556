package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import java.util.List;

/**
 * Decoupled PPO (arXiv 2110.00641; for asynchronous language models AReaL, arXiv 2505.24298): {@code -w min(r A,
 * clip(r, 1 - low, 1 + high) A)} with r the ratio to the proximal policy, which bounds the step, and w the truncated
 * weight of the proximal over the behaviour policy, which corrects for the age of the sample. With the behaviour policy
 * as the proximal one, this is {@link ClippedSurrogate}.
 *
 * <p>The policy at the start of the step is the proximal one. A step here is a single gradient at the proximal policy
 * itself, so that the clip range bounds nothing and only the weight has an effect.
 *
 * @param truncation the maximum of w; infinity disables truncation
 */
public record DecoupledSurrogate(ClipRange range, double truncation) implements PolicyLoss {

    @Override
    public TokenLosses apply(LossInput input) {
        return new TokenLosses(
                around(input.logProbs().stopGradient(), input), input.ratio().gt(truncation));
    }

    /**
     * @param proximal log-probs of the proximal policy, without gradient, {@code [batch, time]}
     * @return {@code [batch, time]}
     */
    NDArray around(NDArray proximal, LossInput input) {
        LossInput step = input.withBehaviour(proximal);
        LossInput age = input.withLogProbs(proximal);
        return ClippedSurrogate.surrogate(step.ratio(), step.advantages(), range)
                .mul(TruncatedImportance.weight(age.ratio(), truncation));
    }

    public static final class Factory implements PolicyLossFactory {
        @Override
        public String name() {
            return "decoupled";
        }

        @Override
        public String description() {
            return "PPO around the current policy, weighted by its ratio to the behaviour policy, at most truncation";
        }

        @Override
        public List<Section> settings() {
            return List.of(ClipRange.SETTINGS, TruncatedImportance.SETTINGS);
        }

        @Override
        public PolicyLoss create(Config config) {
            return new DecoupledSurrogate(ClipRange.of(config), config.get(TruncatedImportance.TRUNCATION));
        }
    }
}
