package dev.krpo.estimators;

import java.util.Optional;

/**
 * The reason for an estimator to reject a completion, independent of the rest of its group.
 *
 * @param reason short, stable name
 * @param detail a sentence with the field, its value and the remedy
 */
public record Objection(String reason, String detail) {

    /** A reward summed from components may leave its range by rounding. */
    private static final double ROUNDING = 1e-9;

    public static Optional<Objection> outOfRange(
            Estimator estimator, double reward, double min, double max, String remedy) {
        return reward >= min - ROUNDING && reward <= max + ROUNDING
                ? Optional.empty()
                : Optional.of(new Objection(
                        "reward-out-of-range",
                        "reward is " + reward + " and " + estimator.name() + " accepts rewards from " + min + " to "
                                + max + "; " + remedy));
    }
}
