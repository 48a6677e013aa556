package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import java.util.List;

/**
 * TIC-GRPO (arXiv 2508.02833): importance sampling of whole completions, {@code -min(w, 1 + high) A} with {@code w =
 * exp(sum over tokens of log ratio)}. It is clipped above only, whatever the sign of A. Unlike with token ratios, the
 * gradient with w is that of the current policy; its variance grows with the length. The paper's length-corrected group
 * normalisation concerns the advantages.
 *
 * @param high how far above 1 w may be before it is clipped; infinity disables clipping
 */
public record TrajectoryImportance(double high) implements PolicyLoss {

    /** The loss is the same for all tokens of a completion. */
    @Override
    public TokenLosses apply(LossInput input) {
        double bound = Math.log1p(high);
        // Clipped before exp: a long completion's w overflows, which would make the gradient 0 times infinity.
        float highest = (float) Math.min(Float.MAX_VALUE, Math.min(input.maxLogRatio(), bound));
        NDArray weight = input.sequenceLogRatio().minimum(highest).exp();
        NDArray loss = weight.mul(input.advantages()).neg().mul(input.mask());
        return new TokenLosses(loss, input.sequenceLogRatio().gt(bound));
    }

    public static final class Factory implements PolicyLossFactory {
        @Override
        public String name() {
            return "tic";
        }

        @Override
        public String description() {
            return "the ratio of whole completions, clipped above";
        }

        @Override
        public List<Section> settings() {
            return List.of(ClipRange.SETTINGS);
        }

        @Override
        public PolicyLoss create(Config config) {
            return new TrajectoryImportance(ClipRange.of(config).high());
        }
    }
}
