package dev.krpo.policy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/** Log-probabilities under the distribution that is sampled from: tempered, then cut to the nucleus. */
public final class LogProbs {

    private LogProbs() {}

    /**
     * @param logits float32 {@code [..., vocabulary]}
     * @param targets int64 {@code [...]}, the tokens chosen
     * @param temperature > 0
     * @param topP nucleus mass in (0, 1]; 1 keeps everything
     * @return float32 {@code [...]}, natural logarithms; very negative for a token outside the nucleus
     */
    public static NDArray ofTokens(NDArray logits, NDArray targets, double temperature, double topP) {
        Shape shape = logits.getShape();
        if (!shape.slice(0, shape.dimension() - 1).equals(targets.getShape())) {
            throw new IllegalArgumentException(
                    "logits " + shape + " and targets " + targets.getShape() + " must agree but for the vocabulary");
        }
        return distribution(logits, temperature, topP)
                .gather(targets.expandDims(-1), -1)
                .squeeze(-1);
    }

    /** As {@link #ofTokens}, for every token: float32 {@code [..., vocabulary]}. */
    public static NDArray distribution(NDArray logits, double temperature, double topP) {
        return nucleus(temper(logits, temperature), topP).logSoftmax(-1);
    }

    /** Logits divided by the temperature. */
    static NDArray temper(NDArray logits, double temperature) {
        if (!(temperature > 0)) {
            throw new IllegalArgumentException("temperature is " + temperature + "; it must be positive");
        }
        return temperature == 1 ? logits : logits.div(temperature);
    }

    /**
     * Nucleus sampling (arXiv 1904.09751, sect. 3.1): keeps the smallest set of most probable tokens whose mass reaches
     * {@code topP}, and tokens exactly as probable as its last one; logits of the others become very negative.
     */
    static NDArray nucleus(NDArray logits, double topP) {
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("topP is " + topP + "; it must be in (0, 1]");
        }
        if (topP == 1) {
            return logits;
        }
        NDArray probabilities = logits.softmax(-1);
        NDArray descending = probabilities.neg().sort(-1).neg();
        NDArray massBefore = descending.cumSum(-1).sub(descending);
        // A token is kept while the mass before it is short of topP; 2 stands for "not kept" in the minimum.
        NDArray dropped = massBefore.gte(topP).toType(logits.getDataType(), false);
        NDArray smallestKept = descending.add(dropped.mul(2)).min(new int[] {-1}, true);
        NDArray outside = probabilities.lt(smallestKept).toType(logits.getDataType(), false);
        return logits.add(outside.mul(dev.krpo.policy.model.Decoder.masked()));
    }
}
