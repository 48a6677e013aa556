package dev.krpo.cli.theory;

import java.util.function.UnaryOperator;

/** Computes stationary policies by fixed-point iteration in double precision, independently of the training code. */
final class Stationary {

    private static final double DAMPING = 0.05;
    private static final int ITERATIONS = 200_000;

    private Stationary() {}

    /**
     * {@code (1 - (P(o) - E P)/beta) pi(o) = ref(o)}.
     *
     * @param preference P by policy
     */
    static double[] reverse(double[] reference, double beta, UnaryOperator<double[]> preference) {
        return iterate(reference, (policy, o) -> {
            double[] p = preference.apply(policy);
            return reference[o] / (1 - (p[o] - mean(policy, p)) / beta);
        });
    }

    /** {@code pi(o) ~ ref(o) exp(P(o)/beta)}. */
    static double[] direct(double[] reference, double beta, UnaryOperator<double[]> preference) {
        return iterate(
                reference, (policy, o) -> reference[o] * Math.exp(preference.apply(policy)[o] / beta));
    }

    private interface Update {
        double of(double[] policy, int answer);
    }

    private static double[] iterate(double[] reference, Update update) {
        double[] policy = reference.clone();
        double change = 1;
        for (int i = 0; i < ITERATIONS && change > 1e-13; i++) {
            double[] next = new double[policy.length];
            double sum = 0;
            for (int o = 0; o < policy.length; o++) {
                next[o] = update.of(policy, o);
                sum += next[o];
            }
            change = 0;
            for (int o = 0; o < policy.length; o++) {
                double step = DAMPING * (next[o] / sum - policy[o]);
                policy[o] += step;
                change = Math.max(change, Math.abs(step));
            }
        }
        if (!(change <= 1e-13)) {
            throw new IllegalStateException("the iteration did not settle: last change " + change);
        }
        return policy;
    }

    private static double mean(double[] policy, double[] values) {
        double mean = 0;
        for (int o = 0; o < policy.length; o++) {
            mean += policy[o] * values[o];
        }
        return mean;
    }
}
