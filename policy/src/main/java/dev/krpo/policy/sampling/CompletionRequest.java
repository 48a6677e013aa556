package dev.krpo.policy.sampling;

/**
 * One row to generate.
 *
 * @param promptTokens at least one token
 * @param seed of this row's draws, which depend on nothing else in the batch
 */
@SuppressWarnings("ArrayRecordComponent")
public record CompletionRequest(int[] promptTokens, long seed) {}
