package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import java.util.List;

/**
 * CISPO (MiniMax-M1, arXiv 2506.13585, eq. 4 and 5): REINFORCE with the clipped importance ratio as a weight that is
 * not differentiated, {@code -sg(clip(ratio, 1 - low, 1 + high)) A log pi}. The paper sets no lower bound (low = 1 or
 * more). Its gradient then equals that of {@link TruncatedImportance} with truncation 1 + high; the values differ.
 */
public record ClippedImportance(ClipRange range) implements PolicyLoss {

    @Override
    public TokenLosses apply(LossInput input) {
        NDArray weight = ClippedSurrogate.clip(input.ratio().stopGradient(), range);
        NDArray loss = input.logProbs().mul(weight).mul(input.advantages()).neg();
        return new TokenLosses(loss, ClippedSurrogate.outside(input.ratio(), range));
    }

    public static final class Factory implements PolicyLossFactory {
        @Override
        public String name() {
            return "cispo";
        }

        @Override
        public String description() {
            return "log-probability weighted by the clipped ratio (clipLow 1 sets no lower bound)";
        }

        @Override
        public List<Section> settings() {
            return List.of(ClipRange.SETTINGS);
        }

        @Override
        public PolicyLoss create(Config config) {
            return new ClippedImportance(ClipRange.of(config));
        }
    }
}
