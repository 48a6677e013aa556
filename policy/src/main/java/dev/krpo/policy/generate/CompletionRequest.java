package dev.krpo.policy.generate;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One row to generate.
 *
 * @param promptTokens at least one token
 * @param seed of this row's draws, which depend on nothing else in the batch
 */
@SuppressWarnings("ArrayRecordComponent")
public record CompletionRequest(int[] promptTokens, long seed) {

    /**
     * One row for each member of a group. The seed of row i is output i of SplitMix64 seeded with the task's seed, so
     * that the same task draws the same completions from the same weights, regardless of which worker takes it.
     *
     * @param promptTokens at least one token
     * @param groupSize >= 1
     */
    public static List<CompletionRequest> group(int[] promptTokens, long taskSeed, int groupSize) {
        SplittableRandom seeds = new SplittableRandom(taskSeed);
        List<CompletionRequest> rows = new ArrayList<>(groupSize);
        for (int index = 0; index < groupSize; index++) {
            rows.add(new CompletionRequest(promptTokens, seeds.nextLong()));
        }
        return rows;
    }
}
