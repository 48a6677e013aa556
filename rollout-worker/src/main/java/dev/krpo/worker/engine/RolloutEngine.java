package dev.krpo.worker.engine;

import dev.krpo.policy.generate.Completion;
import dev.krpo.policy.generate.CompletionRequest;
import dev.krpo.policy.generate.SamplingOptions;
import dev.krpo.policy.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;

/**
 * Generates a worker's completions. One thread loads policy versions, and another one generates as soon as the first
 * {@link #load} has returned.
 */
public interface RolloutEngine extends AutoCloseable {

    /**
     * Replaces the weights. A completion in progress may continue with the new ones or end with the previous ones; its
     * version runs say which version drew which tokens. If this throws, the previous version stays in use.
     *
     * @param version higher than every one before
     * @param checkpoint Hugging Face directory, its weights checked against their hash; not needed once this returns
     * @throws dev.krpo.policy.checkpoint.CheckpointException if the checkpoint cannot be loaded, or differs from the
     *     first one in shape or tokenizer, naming the remedy
     */
    void load(long version, Path checkpoint);

    /** The tokenizer of every version. */
    Tokenizer tokenizer();

    /** Maximum length of a sequence in tokens, prompt and completion together (max_position_embeddings). */
    int maxPositions();

    /**
     * Draws one completion for each request, in order.
     *
     * @param pulse to be called by the calling thread before each decode step, or at least once per second: it shows
     *     that the work progresses, and ends it with an exception, which must be passed on
     * @throws IllegalArgumentException if a prompt is empty, has an unknown token, or leaves too few positions
     */
    List<Completion> generate(List<CompletionRequest> requests, SamplingOptions options, Runnable pulse);

    /** Frees its resources; both threads have stopped. */
    @Override
    void close();
}
