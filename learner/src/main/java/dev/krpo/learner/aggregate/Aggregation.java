package dev.krpo.learner.aggregate;

import ai.djl.ndarray.NDArray;
import java.util.List;

/** Reduces {@code [batch, time]} losses to a scalar. */
public interface Aggregation {

    /**
     * @param perToken {@code [batch, time]}
     * @param mask 1 for tokens that count, {@code [batch, time]}; each row has at least one
     * @return a scalar
     */
    NDArray apply(NDArray perToken, NDArray mask);

    static List<String> names() {
        return List.of(TokenMean.NAME, SequenceMean.NAME, FixedLengthMean.NAME, LengthWeighted.NAME);
    }

    /**
     * @param maxTokens for {@link FixedLengthMean}
     * @param lengthPreference for {@link LengthWeighted}
     */
    static Aggregation named(String name, int maxTokens, double lengthPreference) {
        return switch (name) {
            case TokenMean.NAME -> new TokenMean();
            case SequenceMean.NAME -> new SequenceMean();
            case FixedLengthMean.NAME -> new FixedLengthMean(maxTokens);
            case LengthWeighted.NAME -> new LengthWeighted(lengthPreference);
            default -> throw new IllegalArgumentException("aggregation '" + name + "'; known: " + names());
        };
    }
}
