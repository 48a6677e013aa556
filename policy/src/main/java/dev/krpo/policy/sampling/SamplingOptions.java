package dev.krpo.policy.sampling;

/**
 * How completions are drawn.
 *
 * @param temperature divides the logits; 0 takes the most probable token
 * @param topP nucleus mass in (0, 1]
 * @param maxNewTokens longest completion, end-of-sequence included
 */
public record SamplingOptions(double temperature, double topP, int maxNewTokens) {

    public SamplingOptions {
        if (!(temperature >= 0) || Double.isInfinite(temperature)) {
            throw new IllegalArgumentException(
                    "temperature is " + temperature + "; it must be finite and not negative");
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("topP is " + topP + "; it must be in (0, 1]");
        }
        if (maxNewTokens <= 0) {
            throw new IllegalArgumentException("maxNewTokens is " + maxNewTokens + "; it must be positive");
        }
    }

    public static SamplingOptions greedy(int maxNewTokens) {
        return new SamplingOptions(0, 1, maxNewTokens);
    }
}
