package dev.krpo.policy.sampling;

import java.util.List;

/**
 * What was generated for one request.
 *
 * @param tokens {@code [time]}, end-of-sequence included
 * @param logProbs {@code [time]}, of each token under the distribution it was drawn from
 * @param versionRuns which weights made which tokens; adds up to time
 * @param stopped whether it ended with end-of-sequence
 */
public record Completion(int[] tokens, float[] logProbs, List<VersionRun> versionRuns, boolean stopped) {}
