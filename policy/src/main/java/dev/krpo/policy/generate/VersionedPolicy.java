package dev.krpo.policy.generate;

import dev.krpo.policy.Policy;

/**
 * A policy and the version it was published as.
 *
 * @param version increases with every training step
 * @param policy its weights
 */
public record VersionedPolicy(long version, Policy policy) {}
