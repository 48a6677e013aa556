package dev.krpo.cli.prompts;

import dev.krpo.policy.chat.ChatTemplate;
import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.settings.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Renders a question as a user's message in a model's chat template, up to where the answer begins. */
final class ChatQuestion implements UnaryOperator<String> {

    private final ChatTemplate template;
    private final String system;

    /**
     * @param system the system message before the question; null for none
     * @throws UsageException if the model has no chat template, or one that cannot be rendered exactly
     */
    ChatQuestion(Tokenizer tokenizer, String system) {
        try {
            template = ChatTemplate.of(tokenizer)
                    .orElseThrow(() -> new UsageException(
                            "the model has no chat template (chat_template.jinja, or chat_template in"
                                    + " tokenizer_config.json); leave out --chat"));
        } catch (IllegalArgumentException e) {
            throw new UsageException("--chat: " + e.getMessage(), e);
        }
        this.system = system;
    }

    /** @throws UsageException if the template rejects the conversation */
    @Override
    public String apply(String question) {
        List<Map<String, String>> messages = new ArrayList<>();
        if (system != null) {
            messages.add(Map.of("role", "system", "content", system));
        }
        messages.add(Map.of("role", "user", "content", question));
        try {
            return template.prompt(messages);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--chat: " + e.getMessage(), e);
        }
    }
}
