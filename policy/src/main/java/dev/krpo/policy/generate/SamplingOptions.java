package dev.krpo.policy.generate;

/**
 * Sampling parameters for completions.
 *
 * @param temperature divides the logits; 0 takes the most probable token
 * @param topP in (0, 1]: draw from the smallest set of most probable tokens that has this probability; 1 draws from all
 * @param maxNewTokens maximum completion length in tokens, at least 1
 */
public record SamplingOptions(double temperature, double topP, int maxNewTokens) {

    /** Checks the ranges. */
    public SamplingOptions {
        if (!(temperature >= 0) || temperature == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("temperature is " + temperature + "; at least 0 is needed");
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("topP is " + topP + "; above 0 and at most 1 is needed");
        }
        if (maxNewTokens < 1) {
            throw new IllegalArgumentException("maxNewTokens is " + maxNewTokens + "; at least 1 is needed");
        }
    }

    /** Always the most probable token. */
    public static SamplingOptions greedy(int maxNewTokens) {
        return new SamplingOptions(0, 1, maxNewTokens);
    }
}
