package dev.krpo.worker.reward;

import java.util.HashMap;
import java.util.Map;

/**
 * The result of a reward function.
 *
 * @param total the value that the policy is trained on; finite
 * @param components named parts, for monitoring; finite
 */
public record Score(double total, Map<String, Double> components) {

    public Score {
        components = Map.copyOf(components);
    }

    /** A score with one component. */
    public static Score of(String name, double value) {
        return new Score(value, Map.of(name, value));
    }

    /**
     * This score with an additional component.
     *
     * @throws IllegalArgumentException if it already has a component of that name
     */
    public Score plus(String name, double value) {
        Map<String, Double> parts = new HashMap<>(components);
        if (parts.put(name, value) != null) {
            throw new IllegalArgumentException("component '" + name + "' already exists; give it another name");
        }
        return new Score(total + value, parts);
    }

    /** True if the total and every component are finite. */
    public boolean isFinite() {
        return Double.isFinite(total) && components.values().stream().allMatch(Double::isFinite);
    }
}
