package dev.krpo.policy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

/** Log-probabilities under the distribution that a {@link Sampler} draws from. */
public final class LogProbs {

    private LogProbs() {}

    /**
     * Log-probability of each target under softmax(logits / temperature), cut to its nucleus and renormalised.
     *
     * @param logits float32 {@code [batch, time, vocabulary]}
     * @param targets int64 {@code [batch, time]}
     * @param temperature above 0
     * @param topP in (0, 1]; 1 keeps the whole vocabulary
     * @return float32 {@code [batch, time]} of the logits' manager, differentiable in the logits; minus infinity for a
     *     target outside the nucleus
     */
    public static NDArray ofTokens(NDArray logits, NDArray targets, double temperature, double topP) {
        return ofTokens(distribution(logits, temperature, topP), targets);
    }

    /**
     * Log-probability of each target under a {@link #distribution}.
     *
     * @param distribution log-probabilities {@code [batch, time, vocabulary]}
     * @param targets int64 {@code [batch, time]}
     * @return float32 {@code [batch, time]} of the distribution's manager, differentiable in it
     */
    public static NDArray ofTokens(NDArray distribution, NDArray targets) {
        int last = distribution.getShape().dimension() - 1;
        return distribution.gather(targets.expandDims(last), last).squeeze(last);
    }

    /** As {@link #ofTokens}, for every token of the vocabulary (the last axis). */
    public static NDArray distribution(NDArray logits, double temperature, double topP) {
        if (!(temperature > 0)) {
            throw new IllegalArgumentException("temperature is " + temperature
                    + "; above 0 is needed, because greedy decoding has no log-probabilities");
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("topP is " + topP + "; above 0 and at most 1 is needed");
        }
        NDArray tempered = temperature == 1 ? logits : logits.div((float) temperature);
        NDArray kept = topP == 1 ? tempered : tempered.add(outsideNucleus(tempered.stopGradient(), topP));
        return kept.logSoftmax(logits.getShape().dimension() - 1);
    }

    /**
     * 0 inside the nucleus, minus infinity outside. The nucleus (arXiv 1904.09751, eq. 2) is the smallest set of most
     * probable tokens whose probability is at least topP: a token belongs to it if those before it have less.
     */
    private static NDArray outsideNucleus(NDArray logits, double topP) {
        int last = logits.getShape().dimension() - 1;
        NDArray order = logits.argSort(last, false);
        NDArray sorted = logits.gather(order, last).softmax(last);
        NDArray before = sorted.cumSum(last).sub(sorted);
        NDArray penalty =
                before.lt((float) topP).toType(DataType.FLOAT32, false).log();
        NDArray rank = order.argSort(last, true);
        return penalty.gather(rank, last);
    }
}
