package dev.krpo.policy.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Compares prompts with those of transformers' apply_chat_template; see tools/golden/chat_templates.py. */
class GoldenChatTemplatesTest {

    @TestFactory
    Stream<DynamicTest> shouldRenderEachPublicTemplateAsTransformersDoes() throws IOException {
        return templates().stream().map(file -> DynamicTest.dynamicTest(name(file), () -> compare(file)));
    }

    @Test
    void shouldKnowTheTemplatesOfTheModelsThatPeopleTrain() throws IOException {
        assertThat(templates().stream().map(GoldenChatTemplatesTest::name))
                .contains(
                        "smollm2",
                        "qwen2.5",
                        "qwen3",
                        "llama-3.2",
                        "mistral",
                        "gemma",
                        "phi-3.5",
                        "deepseek-r1-distill")
                .hasSizeGreaterThanOrEqualTo(10);
    }

    private static List<Path> templates() throws IOException {
        try (Stream<Path> files = Files.list(ChatGolden.FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".jinja"))
                    .sorted()
                    .toList();
        }
    }

    private static String name(Path template) {
        return template.getFileName().toString().replace(".jinja", "");
    }

    private static void compare(Path file) throws IOException {
        JsonNode golden = ChatGolden.JSON.readTree(
                file.resolveSibling(name(file) + ".json").toFile());
        ObjectNode special = golden.deepCopy();
        special.remove("cases");
        ChatTemplate template = ChatTemplate.of(Map.of(
                        "chat_template.jinja", Files.readAllBytes(file),
                        "tokenizer_config.json", special.toString().getBytes(StandardCharsets.UTF_8)))
                .orElseThrow();
        assertThat(golden.get("cases")).isNotEmpty();
        for (JsonNode one : golden.get("cases")) {
            ChatGolden.check(
                    () -> template,
                    one.get("messages"),
                    one.get("variables"),
                    one,
                    one.get("name").asText());
        }
    }
}
