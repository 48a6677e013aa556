package dev.krpo.policy.sampling;

/** Consecutive tokens that one version of the weights generated. */
public record VersionRun(long version, int tokens) {}
