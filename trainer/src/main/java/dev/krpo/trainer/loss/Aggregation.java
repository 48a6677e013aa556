package dev.krpo.trainer.loss;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.List;

/** How {@code [batch, time]} losses become one number. */
public enum Aggregation {
    /** Every token counts the same (DAPO, arXiv 2503.14476, sect. 3.3). */
    TOKEN_MEAN("token-mean") {
        @Override
        public NDArray apply(NDArray perToken, NDArray mask) {
            return perToken.mul(mask).sum().div(mask.sum());
        }
    },
    /** Every sequence counts the same: mean over its tokens, then over the batch (GRPO, arXiv 2402.03300, eq. 3). */
    SEQUENCE_MEAN("sequence-mean") {
        @Override
        public NDArray apply(NDArray perToken, NDArray mask) {
            int[] time = {1};
            return perToken.mul(mask).sum(time).div(mask.sum(time)).mean();
        }
    };

    private final String text;

    Aggregation(String text) {
        this.text = text;
    }

    /**
     * @param perToken {@code [batch, time]}
     * @param mask 1 for tokens that count, {@code [batch, time]}; each row has one at least
     * @return a scalar
     */
    public abstract NDArray apply(NDArray perToken, NDArray mask);

    public static List<String> names() {
        return Arrays.stream(values()).map(value -> value.text).toList();
    }

    public static Aggregation named(String name) {
        return Arrays.stream(values())
                .filter(value -> value.text.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("aggregation '" + name + "'; known: " + names()));
    }
}
