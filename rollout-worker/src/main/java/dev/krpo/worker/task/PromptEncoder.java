package dev.krpo.worker.task;

import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.runtime.rules.PromptFault;
import dev.krpo.schemas.Prompt;

/**
 * Converts prompts to a model's tokens.
 *
 * @param positions maximum length of a sequence, prompt and completion together (max_position_embeddings)
 */
public record PromptEncoder(Tokenizer tokenizer, int positions) {

    /**
     * The prompt's tokens, at least one.
     *
     * @param maxNewTokens maximum length of a completion in tokens, > 0
     * @throws UnusablePromptException if the text is empty, has a part without a token, or leaves too little room for a
     *     completion; naming the value and the remedy
     */
    public int[] encode(Prompt prompt, int maxNewTokens) throws UnusablePromptException {
        int[] tokens;
        try {
            tokens = tokenizer.encodePrompt(prompt.getText());
        } catch (IllegalArgumentException e) {
            throw new UnusablePromptException(
                    PromptFault.NOT_ENCODABLE,
                    "text of prompt '" + prompt.getPromptId() + "': " + e.getMessage() + "; correct the prompt");
        }
        if (tokens.length == 0) {
            throw new UnusablePromptException(
                    PromptFault.EMPTY,
                    "text of prompt '" + prompt.getPromptId() + "' is empty; at least one token is needed");
        }
        // Written so that no maxNewTokens, however large, overflows.
        if (maxNewTokens > positions - tokens.length) {
            throw new UnusablePromptException(
                    PromptFault.TOO_LONG,
                    "prompt '" + prompt.getPromptId() + "' has " + tokens.length
                            + " tokens and maxNewTokens is " + maxNewTokens + ", but the model has " + positions
                            + " positions (max_position_embeddings); shorten the prompt or lower maxNewTokens");
        }
        return tokens;
    }
}
