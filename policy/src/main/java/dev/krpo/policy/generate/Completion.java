package dev.krpo.policy.generate;

import java.util.List;

/**
 * One generated row.
 *
 * @param tokens the drawn tokens, including the end-of-sequence token if it stopped
 * @param logProbs of each token under the distribution it was drawn from (temperature and top-p included); 0 if greedy
 * @param nucleusLogMass logarithm of the probability that top-p kept when each token was drawn, at the same
 *     temperature, each <= 0; empty when topP is 1 or decoding is greedy. logProbs plus this are the log-probabilities
 *     under the whole vocabulary
 * @param versionRuns the policy versions that drew the tokens, in order; their token counts add up to the number of
 *     tokens
 * @param stopped true if the end-of-sequence token was drawn before the length limit
 */
@SuppressWarnings("ArrayRecordComponent")
public record Completion(
        int[] tokens, float[] logProbs, float[] nucleusLogMass, List<VersionRun> versionRuns, boolean stopped) {}
