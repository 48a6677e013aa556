package dev.krpo.policy.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ChatTemplateTest {

    private static final List<Map<String, Object>> QUESTION = List.of(Map.of("role", "user", "content", "4+18=?"));

    @TestFactory
    Stream<DynamicTest> shouldRenderEveryConstructAsTransformersDoes() throws IOException {
        JsonNode golden = ChatGolden.JSON.readTree(
                ChatGolden.FOLDER.resolve("snippets.json").toFile());
        ArrayNode messages = ChatGolden.JSON.createArrayNode();
        messages.addObject().put("role", "user").put("content", "x");
        return golden.get("snippets").valueStream().map(snippet -> {
            String source = snippet.get("template").asText();
            return DynamicTest.dynamicTest(
                    source,
                    () -> ChatGolden.check(() -> template(source), messages, golden.get("variables"), snippet, source));
        });
    }

    @Test
    void shouldNeverInterpretTheTextOfAMessage() {
        ChatTemplate template = template("{% for m in messages %}{{ m.role + ': ' + m.content }}{% endfor %}");
        SplittableRandom random = new SplittableRandom(13);
        String[] parts = {"{{", "}}", "{%", "%}", "{#", "#}", "{%- raw %}", " 7*7 ", "'", "\"", "\\", "\n", "|", "x"};
        for (int i = 0; i < 500; i++) {
            StringBuilder text = new StringBuilder();
            random.ints(12, 0, parts.length).forEach(part -> text.append(parts[part]));

            String prompt = template.prompt(List.of(Map.of("role", "user", "content", text.toString())));

            assertThat(prompt).as("seed 13, text %d", i).isEqualTo("user: " + text);
        }
    }

    @Test
    void shouldNameAnUnsupportedConstructAndItsPositionWhenTheTemplateIsRead() {
        assertRejected(
                "{{ messages | groupby('role') }}", "chat_template.jinja, line 1, column 15", "filter 'groupby'");
        assertRejected("a\n  {% include 'b' %}", "line 2, column 6", "tag 'include'");
        assertRejected("{{ 'a'.center(9) }}", "line 1, column 8", "method 'center'");
        assertRejected("{{ x is escaped }}", "line 1, column 9", "test 'is escaped'");
        assertRejected("{{ 2 ** 3 }}", "operator '**'");
        assertRejected("{% for x in y recursive %}{% endfor %}", "recursive loop");
        assertRejected("{% macro m() %}{{ varargs }}{% endmacro %}", "'varargs' in a macro");
        assertRejected("{% if x %}", "expected {% elif %} or {% else %} or {% endif %}, but found the end");
        assertRejected("{{ 'a }}", "line 1, column 4", "unexpected character '''");
        assertRejected("{{ x", "no }}");
        assertRejected("{% break %}", "outside of a loop");
    }

    private static void assertRejected(String source, String... messages) {
        assertThatThrownBy(() -> template(source))
                .as(source)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(messages);
    }

    @Test
    void shouldNameThePositionOfAnErrorInAConversation() {
        assertThatThrownBy(() -> template("x\n{{ messages[0].nope.deeper }}").prompt(QUESTION))
                .hasMessageContaining("line 2, column 1")
                .hasMessageContaining("no attribute or item 'nope'");
        assertThatThrownBy(() -> template("{{ raise_exception('Roles must alternate') }}")
                        .prompt(QUESTION))
                .hasMessageContaining("Roles must alternate");
        assertThatThrownBy(() -> template("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")
                        .prompt(QUESTION))
                .hasMessageContaining("too deeply");
        assertThatThrownBy(() -> template("{{ x }}").render(QUESTION, Map.of("x", new StringBuilder("y"))))
                .hasMessageContaining("java.lang.StringBuilder");
        assertThatThrownBy(() -> template("{{ ('a'|safe)[0] }}").prompt(QUESTION))
                .hasMessageContaining("line 1, column 1")
                .hasMessageContaining("after the filter 'safe'");
        assertThatThrownBy(() -> template("{{ x }}").prompt(List.of())).hasMessageContaining("no messages");
    }

    @Test
    void shouldPrintADateOnlyIfOneIsSet() {
        ChatTemplate template = template("{{ strftime_now('%d %b %Y') }}");

        assertThat(template.at(LocalDateTime.of(2026, 7, 4, 0, 0)).prompt(QUESTION))
                .isEqualTo("04 Jul 2026");
        assertThatThrownBy(() -> template.prompt(QUESTION)).hasMessageContaining("strftime_now");
        assertThatThrownBy(() -> template("{{ strftime_now('%c') }}")
                        .at(LocalDateTime.MIN)
                        .prompt(QUESTION))
                .hasMessageContaining("date format '%c'");
    }

    @Test
    void shouldChooseTheTemplateAsTransformersDoes() {
        String both = """
                {"bos_token": {"content": "<s>"}, "chat_template": [
                  {"name": "default", "template": "{{ bos_token }}plain"},
                  {"name": "tool_use", "template": "{{ tools[0].name }}"}]}""";
        ChatTemplate template =
                ChatTemplate.of(files("tokenizer_config.json", both)).orElseThrow();

        assertThat(template.prompt(QUESTION)).isEqualTo("<s>plain");
        assertThat(template.render(QUESTION, Map.of("tools", List.of(Map.of("name", "now")))))
                .isEqualTo("now");

        Map<String, byte[]> files = files("tokenizer_config.json", both);
        files.putAll(files("chat_template.jinja", "file"));
        assertThat(ChatTemplate.of(files).orElseThrow().prompt(QUESTION)).isEqualTo("file");
        assertThat(ChatTemplate.of(files("tokenizer_config.json", "{}"))).isEmpty();

        Map<String, byte[]> unnamed = files("chat_templates/rag.jinja", "x");
        assertThatThrownBy(() -> ChatTemplate.of(unnamed).orElseThrow().prompt(QUESTION))
                .hasMessageContaining("[rag]")
                .hasMessageContaining("'default'");
    }

    @Test
    void shouldRejectAConversationAsAVariable() {
        assertThatThrownBy(() -> template("{{ x }}").render(QUESTION, Map.of("messages", List.of())))
                .hasMessageContaining("'messages'");
    }

    private static ChatTemplate template(String source) {
        return ChatTemplate.of(files("chat_template.jinja", source)).orElseThrow();
    }

    private static Map<String, byte[]> files(String name, String content) {
        return new HashMap<>(Map.of(name, content.getBytes(StandardCharsets.UTF_8)));
    }
}
