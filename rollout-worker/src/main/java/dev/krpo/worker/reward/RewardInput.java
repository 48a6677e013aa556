package dev.krpo.worker.reward;

import dev.krpo.schemas.FinishReason;
import java.util.List;
import java.util.Map;

/**
 * Input of a reward. Components may be added, so rewards read it by accessor and tests create it with {@link #of}.
 *
 * @param prompt the prompt's text, as the tokenizer sees it
 * @param completion the generated text, without the prompt and without special tokens
 * @param answer the prompt's reference answer
 * @param attributes the other fields of the prompt's line in its JSONL file, such as unit tests or a difficulty: text
 *     and numbers unchanged, lists and objects as JSON
 * @param finishReason {@code STOP} if the model ended the completion, {@code LENGTH} if it was truncated
 * @param tokens ids of the completion, including the end-of-sequence token if it stopped
 */
public record RewardInput(
        String prompt,
        String completion,
        String answer,
        Map<String, String> attributes,
        FinishReason finishReason,
        List<Integer> tokens) {

    public RewardInput {
        attributes = Map.copyOf(attributes);
        tokens = List.copyOf(tokens);
    }

    /** A stopped completion of a prompt without attributes, without tokens: for tests of a reward. */
    public static RewardInput of(String prompt, String completion, String answer) {
        return of(prompt, completion, answer, Map.of());
    }

    /** As {@link #of(String, String, String)}, for a prompt with attributes. */
    public static RewardInput of(String prompt, String completion, String answer, Map<String, String> attributes) {
        return new RewardInput(prompt, completion, answer, attributes, FinishReason.STOP, List.of());
    }
}
