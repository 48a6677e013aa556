package dev.krpo.estimators;

import java.util.Optional;

/**
 * Why an estimator cannot take a completion, whatever the rest of its group.
 *
 * @param reason short, stable name
 * @param detail a sentence with the field, its value and the remedy
 */
public record Objection(String reason, String detail) {

    /** Rewards that are added up from parts may leave their range by rounding. */
    private static final double ROUNDING = 1e-9;

    public static Optional<Objection> outOfRange(
            Estimator estimator, double reward, double least, double greatest, String remedy) {
        return reward >= least - ROUNDING && reward <= greatest + ROUNDING
                ? Optional.empty()
                : Optional.of(new Objection(
                        "reward-out-of-range",
                        "reward is " + reward + " and " + estimator.name() + " takes rewards from " + least + " to "
                                + greatest + "; " + remedy));
    }
}
