package dev.krpo.rollout.reward;

import java.util.Map;

/**
 * What a reward function gave.
 *
 * @param total what the policy is trained on; finite
 * @param components named parts, for those who watch the run; finite
 */
public record Score(double total, Map<String, Double> components) {

    public Score {
        components = Map.copyOf(components);
    }

    /** A score of one part. */
    public static Score of(String name, double value) {
        return new Score(value, Map.of(name, value));
    }

    /** Whether the total and every component can be trained on. */
    public boolean isFinite() {
        return Double.isFinite(total) && components.values().stream().allMatch(Double::isFinite);
    }
}
