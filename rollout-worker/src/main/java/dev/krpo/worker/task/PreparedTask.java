package dev.krpo.worker.task;

import dev.krpo.policy.generate.CompletionRequest;
import dev.krpo.policy.generate.SamplingOptions;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.RolloutTask;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A task that is ready to be generated.
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

    /** One row per member of the group. */
    List<CompletionRequest> rows() {
        return CompletionRequest.group(promptTokens, task.getSampling().getSeed(), task.getGroupSize());
    }
}
