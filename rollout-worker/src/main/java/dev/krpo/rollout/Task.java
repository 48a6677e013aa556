package dev.krpo.rollout;

import dev.krpo.policy.sampling.CompletionRequest;
import dev.krpo.policy.sampling.SamplingOptions;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.SamplingParameters;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A task that can be generated: decoded, with its prompt found and encoded. */
record Task(ConsumerRecord<byte[], byte[]> record, RolloutTask task, Prompt prompt, int[] promptTokens) {

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    SamplingOptions options() {
        SamplingParameters sampling = task.getSampling();
        return new SamplingOptions(sampling.getTemperature(), sampling.getTopP(), sampling.getMaxNewTokens());
    }

    /** One request a group member; each has its own seed, so a redelivered task draws the same numbers. */
    List<CompletionRequest> requests() {
        List<CompletionRequest> requests = new ArrayList<>(task.getGroupSize());
        for (int index = 0; index < task.getGroupSize(); index++) {
            long seed = task.getSampling().getSeed() + GOLDEN_GAMMA * (index + 1);
            requests.add(new CompletionRequest(promptTokens, seed));
        }
        return requests;
    }
}
