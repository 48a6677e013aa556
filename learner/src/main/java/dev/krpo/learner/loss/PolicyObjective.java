package dev.krpo.learner.loss;

import ai.djl.ndarray.NDArray;

/** Weighting of tokens drawn by a policy other than the one being trained. */
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
     * here is a single gradient at the proximal policy itself, so that the clip range bounds nothing and only the
     * weight has an effect.
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
    /** GSPO: {@link SequenceSurrogate}; its clip ranges are orders of magnitude smaller than those of tokens. */
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
     * @param clipLow how far below 1 a ratio may be before it is clipped (gmpo: how far its log may be below 0);
     *     infinity disables clipping
     * @param clipHigh how far above; infinity disables clipping
     * @param truncation the maximum importance weight; infinity disables truncation
     * @param clipC the maximum ratio with a negative advantage, where the clip range sets no bound (dual-clip PPO,
     *     arXiv 1912.09729, eq. 5), > 1; infinity disables it
     * @param maxLogRatio bound of the absolute log-ratios, before exp; infinity means unbounded
     */
    public record Limits(double clipLow, double clipHigh, double truncation, double clipC, double maxLogRatio) {

        /** Without the last two limits. */
        public Limits(double clipLow, double clipHigh, double truncation) {
            this(clipLow, clipHigh, truncation, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
        }
    }

    /** The loss of each token, and the tokens that a limit bounds. */
    public abstract TokenLosses apply(LossInput input, Limits limits);
}
