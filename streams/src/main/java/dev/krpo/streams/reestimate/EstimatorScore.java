package dev.krpo.streams.reestimate;

/**
 * How one estimator did on the rollouts of a run. A number is NaN where there was nothing to take it from.
 *
 * @param estimator its name
 * @param samples advantages it gave to train on; what a group filter left out counts nowhere
 * @param baselineError root mean squared error of the baseline against the mean reward of the prompt's next rollouts
 * @param advantageVariance of the advantages
 * @param zeroSignal share of the advantages that are 0 to within 1e-9, and so teach nothing
 * @param signAgreement share of the rollouts that both estimated, in which the sign of the advantage is that of the
 *     recorded one
 */
public record EstimatorScore(
        String estimator,
        long samples,
        double baselineError,
        double advantageVariance,
        double zeroSignal,
        double signAgreement) {}
