package dev.krpo.policy.generate;

import java.util.List;

/**
 * One generated row.
 *
 * @param tokens the drawn tokens, with the end-of-sequence token if it stopped
 * @param logProbs of each token under the distribution it was drawn from (temperature and top-p included); 0 if greedy
 * @param nucleusLogMass logarithm of the probability that top-p kept when each token was drawn, at the same
 *     temperature, each <= 0; empty when topP is 1 or the choice greedy. logProbs plus this are the log-probabilities
 *     under the whole vocabulary
 * @param versionRuns which policy versions drew them, in order; their tokens add up to the number of tokens
 * @param stopped whether the end-of-sequence token was drawn before the limit on length
 */
@SuppressWarnings("ArrayRecordComponent")
public record Completion(
        int[] tokens, float[] logProbs, float[] nucleusLogMass, List<VersionRun> versionRuns, boolean stopped) {}
