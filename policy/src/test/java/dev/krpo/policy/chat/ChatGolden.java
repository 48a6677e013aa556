package dev.krpo.policy.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Prompts that transformers rendered; see tools/golden/chat_templates.py. */
final class ChatGolden {

    static final Path FOLDER = Path.of("src/test/resources/golden/chat");
    static final ObjectMapper JSON = new ObjectMapper();
    /** The date that the script gives to strftime_now. */
    private static final LocalDateTime NOW = LocalDateTime.of(2026, 2, 3, 14, 5, 6);

    private ChatGolden() {}

    /** @param expected has a prompt, or the error of transformers */
    static void check(
            Supplier<ChatTemplate> template, JsonNode messages, JsonNode variables, JsonNode expected, String name) {
        List<Map<String, Object>> conversation = JSON.convertValue(messages, new TypeReference<>() {});
        Map<String, Object> values = JSON.convertValue(variables, new TypeReference<>() {});
        if (expected.has("prompt")) {
            assertThat(template.get().at(NOW).render(conversation, values))
                    .as(name)
                    .isEqualTo(expected.get("prompt").asText());
            return;
        }
        String error = expected.get("error").asText();
        String raised = error.startsWith("TemplateError: ") ? error.substring("TemplateError: ".length()) : "";
        assertThatThrownBy(() -> template.get().at(NOW).render(conversation, values))
                .as("%s, which transformers answers with %s", name, error)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(raised);
    }
}
