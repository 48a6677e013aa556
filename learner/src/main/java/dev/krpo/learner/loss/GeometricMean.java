package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import java.util.List;

/**
 * GMPO (arXiv 2507.20673, sect. 3): {@code -A} times the geometric mean of the token ratios, each clipped in log space
 * before the mean is taken, and only on the side where PPO clips: at {@code e^high} if A is positive, at {@code e^-low}
 * if it is negative. The paper clips at e^-0.4 and e^0.4. The mean itself is bounded by the dual clip if A is negative.
 *
 * @param range of the log-ratios
 */
public record GeometricMean(ClipRange range) implements PolicyLoss {

    /** The loss is the same for all tokens of a completion; its mean over them is the paper's. */
    @Override
    public TokenLosses apply(LossInput input) {
        NDArray sign = input.advantages().sign();
        NDArray free = input.logRatio();
        NDArray clipped = free.clip(-bound(range.low()), bound(range.high()));
        NDArray chosen = free.mul(sign).minimum(clipped.mul(sign)).mul(sign);
        NDArray mean = chosen.sum(new int[] {1}, true).div(input.lengths()).exp();
        NDArray loss = ClippedSurrogate.dualClip(mean.mul(input.advantages()), input.advantages(), range.c())
                .neg()
                .mul(input.mask());
        return new TokenLosses(loss, free.lt(-range.low()).logicalOr(free.gt(range.high())));
    }

    private static float bound(double clip) {
        return (float) Math.min(Float.MAX_VALUE, clip);
    }

    public static final class Factory implements PolicyLossFactory {
        @Override
        public String name() {
            return "gmpo";
        }

        @Override
        public String description() {
            return "the geometric mean of ratios clipped in log space (0.4 and 0.4)";
        }

        @Override
        public List<Section> settings() {
            return List.of(ClipRange.SETTINGS);
        }

        @Override
        public PolicyLoss create(Config config) {
            return new GeometricMean(ClipRange.of(config));
        }
    }
}
