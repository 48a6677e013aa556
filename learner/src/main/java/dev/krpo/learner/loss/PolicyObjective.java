package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;

/** How much a token counts whose policy is no longer the one that is trained. */
public enum PolicyObjective {
    /** PPO's clipped surrogate: {@link ClippedSurrogate}. */
    CLIPPED {
        @Override
        public TokenLosses apply(LossInput input, Limits limits) {
            return new TokenLosses(
                    ClippedSurrogate.of(input.ratio(), input.advantages(), limits),
                    ClippedSurrogate.outside(input.ratio(), limits.clipLow(), limits.clipHigh()));
        }
    },
    /** Truncated importance sampling: {@link TruncatedImportance}. */
    TRUNCATED_IS {
        @Override
        public TokenLosses apply(LossInput input, Limits limits) {
            return new TokenLosses(
                    TruncatedImportance.of(input, limits.truncation()),
                    input.ratio().gt(limits.truncation()));
        }
    },
    /**
     * Decoupled PPO: {@link DecoupledSurrogate} with the policy at the start of the step as the proximal one. A step
     * here is one gradient, at the proximal policy itself, so that the clip range bounds nothing and the weight does
     * all.
     */
    DECOUPLED {
        @Override
        public TokenLosses apply(LossInput input, Limits limits) {
            NDArray proximal = input.logProbs().stopGradient();
            return new TokenLosses(
                    DecoupledSurrogate.of(input, proximal, limits),
                    input.ratio().gt(limits.truncation()));
        }
    },
    /** GSPO: {@link SequenceSurrogate}; its clip ranges are of another order than those of tokens. */
    GSPO {
        @Override
        public TokenLosses apply(LossInput input, Limits limits) {
            return new TokenLosses(
                    SequenceSurrogate.of(input, limits),
                    ClippedSurrogate.outside(SequenceSurrogate.ratio(input), limits.clipLow(), limits.clipHigh()));
        }
    },
    /** GMPO: {@link GeometricMean}; its clip ranges are those of log-ratios. */
    GMPO {
        @Override
        public TokenLosses apply(LossInput input, Limits limits) {
            return new TokenLosses(
                    GeometricMean.of(input, limits), GeometricMean.outside(input, limits.clipLow(), limits.clipHigh()));
        }
    },
    /** CISPO: {@link ClippedImportance}. */
    CISPO {
        @Override
        public TokenLosses apply(LossInput input, Limits limits) {
            return new TokenLosses(
                    ClippedImportance.of(input, limits.clipLow(), limits.clipHigh()),
                    ClippedSurrogate.outside(input.ratio(), limits.clipLow(), limits.clipHigh()));
        }
    },
    /** TIC-GRPO: {@link TrajectoryImportance}. */
    TIC {
        @Override
        public TokenLosses apply(LossInput input, Limits limits) {
            return new TokenLosses(
                    TrajectoryImportance.of(input, limits), TrajectoryImportance.outside(input, limits.clipHigh()));
        }
    };

    /**
     * @param clipLow how far below 1 a ratio may be before it is clipped (gmpo: how far its log below 0); infinity does
     *     not clip
     * @param clipHigh how far above; infinity does not clip
     * @param truncation the most that an importance weight counts; infinity does not truncate
     * @param clipC the largest ratio that counts with a negative advantage, where the clip range bounds none (dual-clip
     *     PPO, arXiv 1912.09729, eq. 5), > 1; infinity does not clip
     * @param maxLogRatio bound of the absolute log-ratios, before exp; infinity does not bound
     */
    public record Limits(double clipLow, double clipHigh, double truncation, double clipC, double maxLogRatio) {

        /** Without the two last ones. */
        public Limits(double clipLow, double clipHigh, double truncation) {
            this(clipLow, clipHigh, truncation, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
        }
    }

    /** The loss of each token, and which of them a limit bounds. */
    public abstract TokenLosses apply(LossInput input, Limits limits);
}
