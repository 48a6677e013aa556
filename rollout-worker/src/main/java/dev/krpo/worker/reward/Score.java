package dev.krpo.worker.reward;

import java.util.HashMap;
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

    /**
     * This score and one more part.
     *
     * @throws IllegalArgumentException if it has a part of that name
     */
    public Score plus(String name, double value) {
        Map<String, Double> parts = new HashMap<>(components);
        if (parts.put(name, value) != null) {
            throw new IllegalArgumentException("component '" + name + "' is there already; give it another name");
        }
        return new Score(total + value, parts);
    }

    /** Whether the total and every component can be trained on. */
    public boolean isFinite() {
        return Double.isFinite(total) && components.values().stream().allMatch(Double::isFinite);
    }
}
