package dev.krpo.streams.reestimate;

/**
 * The performance of one estimator on the rollouts of a run. A number is NaN if there was no data for it.
 *
 * @param estimator name of the estimator
 * @param samples number of advantages to train on; samples left out by a filter are not counted anywhere
 * @param baselineError root mean squared error of the baseline against the mean reward of the prompt's next rollouts
 * @param advantageVariance of the advantages
 * @param zeroSignal share of advantages within 1e-9 of 0, which carry no training signal
 * @param signAgreement share of the rollouts estimated by both in which the sign of the advantage matches the recorded
 *     one
 */
public record EstimatorScore(
        String estimator,
        long samples,
        double baselineError,
        double advantageVariance,
        double zeroSignal,
        double signAgreement) {}
