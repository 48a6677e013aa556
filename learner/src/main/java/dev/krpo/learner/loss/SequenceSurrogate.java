package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import java.util.List;

/**
 * GSPO (arXiv 2507.18071, eq. 5 and 7): the clipped surrogate of the completion's length-normalised ratio {@code s =
 * exp(mean over tokens of log ratio)}. Its clip ranges are some 500 times smaller than those of token ratios: 3e-4
 * below and 4e-4 above in the paper. GSPO-token (eq. 13) has the same value and gradient while a completion has one
 * advantage, as here, and is therefore not a separate loss.
 */
public record SequenceSurrogate(ClipRange range) implements PolicyLoss {

    /** The loss is the same for all tokens of a completion; its mean over them is the paper's. */
    @Override
    public TokenLosses apply(LossInput input) {
        NDArray ratio = input.sequenceLogRatio().div(input.lengths()).exp();
        NDArray loss = ClippedSurrogate.surrogate(ratio, input.advantages(), range);
        return new TokenLosses(loss.mul(input.mask()), ClippedSurrogate.outside(ratio, range));
    }

    public static final class Factory implements PolicyLossFactory {
        @Override
        public String name() {
            return "gspo";
        }

        @Override
        public String description() {
            return "the surrogate of whole completions, clipped 500 times closer (0.0003 and 0.0004)";
        }

        @Override
        public List<Section> settings() {
            return List.of(ClipRange.SETTINGS);
        }

        @Override
        public PolicyLoss create(Config config) {
            return new SequenceSurrogate(ClipRange.of(config));
        }
    }
}
