package dev.krpo.policy.sampling;

import java.util.List;

/**
 * One generated row.
 *
 * @param tokens the drawn tokens, with the end-of-sequence token if it stopped
 * @param logProbs of each token under the distribution it was drawn from (temperature and top-p included); 0 if greedy
 * @param versionRuns which policy versions drew them, in order; their tokens add up to the number of tokens
 * @param stopped whether the end-of-sequence token was drawn before the limit on length
 */
@SuppressWarnings("ArrayRecordComponent")
public record Completion(int[] tokens, float[] logProbs, List<VersionRun> versionRuns, boolean stopped) {}
