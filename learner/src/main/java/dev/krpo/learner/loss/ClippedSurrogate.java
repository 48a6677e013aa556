package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import java.util.List;

/**
 * PPO's clipped surrogate (arXiv 1707.06347, eq. 7), with separate lower and upper clip ranges (DAPO's clip-higher,
 * arXiv 2503.14476, eq. 10): {@code -min(ratio A, clip(ratio, 1 - low, 1 + high) A)}. With a negative advantage, this
 * does not bound large ratios, so that one token could dominate a step; {@link #dualClip} bounds them.
 */
public record ClippedSurrogate(ClipRange range) implements PolicyLoss {

    static final String NAME = "clipped";

    @Override
    public TokenLosses apply(LossInput input) {
        return new TokenLosses(surrogate(input.ratio(), input.advantages(), range), outside(input.ratio(), range));
    }

    /**
     * @param ratio importance ratio {@code [batch, time]}, or {@code [batch, 1]} of whole completions
     * @param advantages {@code [batch, 1]}
     * @return the loss, in the ratio's shape
     */
    public static NDArray surrogate(NDArray ratio, NDArray advantages, ClipRange range) {
        Shapes.column("advantages", advantages, ratio);
        NDArray free = ratio.mul(advantages);
        NDArray clipped = clip(ratio, range).mul(advantages);
        return dualClip(free.minimum(clipped), advantages, range.c()).neg();
    }

    static NDArray clip(NDArray ratio, ClipRange range) {
        float lowest = (float) Math.max(0, 1 - range.low());
        float highest = (float) Math.min(Float.MAX_VALUE, 1 + range.high());
        return ratio.clip(lowest, highest);
    }

    /**
     * Dual-clip PPO (arXiv 1912.09729, eq. 5): an objective of negative advantage is at least {@code c A}; one of
     * positive advantage is positive anyway.
     *
     * @param objective ratio times advantage, {@code [batch, time]} or {@code [batch, 1]}
     * @param advantages {@code [batch, 1]}
     */
    static NDArray dualClip(NDArray objective, NDArray advantages, double c) {
        return Double.isInfinite(c)
                ? objective
                : objective.maximum(advantages.minimum(0f).mul((float) c));
    }

    /** True if {@link #surrogate} clips a ratio, regardless of which of the two products is then the smaller one. */
    public static NDArray outside(NDArray ratio, ClipRange range) {
        return ratio.lt(1 - range.low()).logicalOr(ratio.gt(1 + range.high()));
    }

    public static final class Factory implements PolicyLossFactory {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "PPO's surrogate";
        }

        @Override
        public List<Section> settings() {
            return List.of(ClipRange.SETTINGS);
        }

        @Override
        public PolicyLoss create(Config config) {
            return new ClippedSurrogate(ClipRange.of(config));
        }
    }
}
