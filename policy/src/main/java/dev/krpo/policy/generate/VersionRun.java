package dev.krpo.policy.generate;

/**
 * Consecutive tokens of a completion that one policy version drew.
 *
 * @param version of the policy
 * @param tokens number of tokens, at least 1
 */
public record VersionRun(long version, int tokens) {}
