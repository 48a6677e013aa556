package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.util.List;

/**
 * Truncated importance sampling (the policy gradient of IMPALA, arXiv 1802.01561, sect. 4.2): {@code -min(ratio,
 * truncation) A} in value, with the gradient {@code -min(ratio, truncation) A grad log pi}. Unlike clipping, it never
 * removes a token's gradient, and unlike plain importance sampling, its variance is bounded.
 *
 * @param truncation the maximum importance weight, > 0; infinity gives plain importance sampling
 */
public record TruncatedImportance(double truncation) implements PolicyLoss {

    public static final Section SETTINGS =
            Section.of("trainer", "Policy losses truncated-is and decoupled", "trainer, replay");

    static final Setting<Double> TRUNCATION = SETTINGS.number("truncation", 2)
            .above(0.0)
            .inFloat32()
            .doc("Maximum importance weight of truncated-is and decoupled.");

    @Override
    public TokenLosses apply(LossInput input) {
        NDArray weight = weight(input.ratio().stopGradient(), truncation);
        NDArray here = input.logProbs().stopGradient();
        NDArray one = input.logProbs().sub(here).mul(input.mask()).exp();
        NDArray loss = one.mul(weight).mul(input.advantages()).neg();
        return new TokenLosses(loss, input.ratio().gt(truncation));
    }

    /** {@code min(ratio, truncation)}. */
    static NDArray weight(NDArray ratio, double truncation) {
        return ratio.minimum((float) Math.min(Float.MAX_VALUE, truncation));
    }

    public static final class Factory implements PolicyLossFactory {
        @Override
        public String name() {
            return "truncated-is";
        }

        @Override
        public String description() {
            return "the importance ratio, at most truncation";
        }

        @Override
        public List<Section> settings() {
            return List.of(SETTINGS);
        }

        @Override
        public PolicyLoss create(Config config) {
            return new TruncatedImportance(config.get(TRUNCATION));
        }
    }
}
