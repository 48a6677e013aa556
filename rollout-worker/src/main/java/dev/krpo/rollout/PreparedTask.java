package dev.krpo.rollout;

import dev.krpo.policy.sampling.CompletionRequest;
import dev.krpo.policy.sampling.SamplingOptions;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.RolloutTask;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A task that can be generated.
 *
 * @param source the record it came in
 * @param promptTokens at least one
 */
@SuppressWarnings("ArrayRecordComponent")
record PreparedTask(
        ConsumerRecord<byte[], byte[]> source,
        RolloutTask task,
        Prompt prompt,
        int[] promptTokens,
        SamplingOptions options) {

    /**
     * One row for each member of the group. The seed of row i is output i of SplitMix64 seeded with the task's seed, so a
     * redelivered task draws the same completions from the same weights.
     */
    List<CompletionRequest> rows() {
        SplittableRandom seeds = new SplittableRandom(task.getSampling().getSeed());
        List<CompletionRequest> rows = new ArrayList<>(task.getGroupSize());
        for (int index = 0; index < task.getGroupSize(); index++) {
            rows.add(new CompletionRequest(promptTokens, seeds.nextLong()));
        }
        return rows;
    }
}
