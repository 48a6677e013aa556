package dev.krpo.policy.sampling;

/**
 * One row of a batch.
 *
 * @param promptTokens not empty
 * @param seed fixes the row's draws, whatever else is in the batch
 */
public record CompletionRequest(int[] promptTokens, long seed) {

    public CompletionRequest {
        if (promptTokens.length == 0) {
            throw new IllegalArgumentException("promptTokens is empty; a prompt has at least one token");
        }
    }
}
