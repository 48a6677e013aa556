package dev.krpo.learner;

/**
 * @param entropy of the behaviour policy, estimated from the tokens drawn, nats per token
 * @param clipFraction share of the tokens bounded by a limit
 */
record LossValues(double total, double policyLoss, double kl, double entropy, double clipFraction, double meanRatio) {}
