package dev.krpo.policy.sampling;

import dev.krpo.policy.Policy;

/** Weights and the version they were announced as. */
public record VersionedPolicy(long version, Policy policy) {}
