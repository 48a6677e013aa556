package dev.krpo.policy.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.krpo.policy.chat.jinja.JinjaTemplate;
import dev.krpo.policy.chat.jinja.TemplateException;
import dev.krpo.policy.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Turns conversations into prompts with a model's own chat template, exactly as {@code apply_chat_template} of
 * transformers does, or fails with the reason. Texts of messages are data and never interpreted. Thread-safe.
 *
 * <p>Encode the result with {@link Tokenizer#encode}, which adds no tokens: the template has those that it wants.
 */
public final class ChatTemplate {

    private static final String CONFIG = "tokenizer_config.json";
    private static final String FILE = "chat_template.jinja";
    private static final String FOLDER = "chat_templates/";
    private static final String DEFAULT = "default";
    /** Used by transformers for conversations with tools, if the model has it. */
    private static final String WITH_TOOLS = "tool_use";

    private static final List<String> SPECIAL_TOKENS =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");
    /** Names that a message's reasoning goes by; templates read the first. */
    private static final List<String> REASONING = List.of("reasoning_content", "thinking", "reasoning");

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, JinjaTemplate> templates;
    private final Map<String, String> specialTokens;
    private final LocalDateTime now;

    private ChatTemplate(Map<String, JinjaTemplate> templates, Map<String, String> specialTokens, LocalDateTime now) {
        this.templates = templates;
        this.specialTokens = specialTokens;
        this.now = now;
    }

    /**
     * The chat template of a tokenizer's model; empty if it has none.
     *
     * @throws IllegalArgumentException as {@link #of(Map)}
     */
    public static Optional<ChatTemplate> of(Tokenizer tokenizer) {
        return of(tokenizer.files());
    }

    /**
     * The chat template in the files of a model: {@code chat_template.jinja} and {@code chat_templates/}, else the
     * {@code chat_template} of {@code tokenizer_config.json}; empty if there is none.
     *
     * @param files contents by path within the model's directory
     * @throws IllegalArgumentException if a template is malformed or has a construct that cannot be rendered exactly,
     *     naming file, construct and position
     */
    public static Optional<ChatTemplate> of(Map<String, byte[]> files) {
        JsonNode config = json(files.getOrDefault(CONFIG, "{}".getBytes(StandardCharsets.UTF_8)));
        Map<String, JinjaTemplate> templates = new LinkedHashMap<>();
        files.forEach((name, content) -> {
            if (name.equals(FILE)) {
                templates.put(DEFAULT, parse(name, new String(content, StandardCharsets.UTF_8)));
            } else if (name.startsWith(FOLDER)) {
                String template = name.substring(FOLDER.length(), name.length() - ".jinja".length());
                templates.put(template, parse(name, new String(content, StandardCharsets.UTF_8)));
            }
        });
        if (templates.isEmpty()) {
            inConfig(config.path("chat_template"), templates);
        }
        return templates.isEmpty()
                ? Optional.empty()
                : Optional.of(new ChatTemplate(templates, specialTokens(config), null));
    }

    private static JsonNode json(byte[] content) {
        try {
            return JSON.readTree(content);
        } catch (IOException e) {
            throw new UncheckedIOException(CONFIG + " is not JSON", e);
        }
    }

    private static void inConfig(JsonNode field, Map<String, JinjaTemplate> templates) {
        String where = CONFIG + ", field chat_template";
        if (field.isTextual()) {
            templates.put(DEFAULT, parse(where, field.asText()));
        }
        field.forEach(named -> {
            String name = named.path("name").asText();
            templates.put(
                    name,
                    parse(where + " '" + name + "'", named.path("template").asText()));
        });
    }

    private static JinjaTemplate parse(String where, String template) {
        try {
            return JinjaTemplate.parse(template);
        } catch (TemplateException e) {
            throw new IllegalArgumentException(where + ", " + e.getMessage(), e);
        }
    }

    private static Map<String, String> specialTokens(JsonNode config) {
        Map<String, String> tokens = new HashMap<>();
        config.properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            String token = value.isObject() ? value.path("content").asText() : value.asText();
            boolean isToken = SPECIAL_TOKENS.contains(entry.getKey())
                    ? !value.isNull()
                    : value.isTextual() && entry.getKey().endsWith("_token");
            if (isToken) {
                tokens.put(entry.getKey(), token);
            }
        });
        return tokens;
    }

    /** The same template with a date and time for {@code strftime_now}, which some templates print. */
    public ChatTemplate at(LocalDateTime dateTime) {
        return new ChatTemplate(templates, specialTokens, dateTime);
    }

    /** The prompt to answer a conversation: its last message is the user's, or a tool's. */
    public String prompt(List<? extends Map<String, ?>> messages) {
        return render(messages, Map.of("add_generation_prompt", true));
    }

    /**
     * Renders a conversation.
     *
     * @param messages each with {@code role} and, mostly, {@code content}; values are strings, numbers of at most 64
     *     bits, booleans, lists, maps and null, as Jackson reads them from JSON. As in transformers, a null of a
     *     message counts as missing
     * @param variables further variables of the template: {@code add_generation_prompt} (false if missing),
     *     {@code tools} and {@code documents} (None if missing), {@code enable_thinking} and others of the model
     * @throws IllegalArgumentException if there is no message, the template rejects the conversation, or it cannot be
     *     rendered exactly, naming the position in the template
     */
    public String render(List<? extends Map<String, ?>> messages, Map<String, ?> variables) {
        if (messages.isEmpty()) {
            throw new IllegalArgumentException("the conversation has no messages; at least one is needed");
        }
        if (variables.containsKey("messages")) {
            throw new IllegalArgumentException("the variable 'messages' is the conversation; choose another name");
        }
        Map<String, Object> all = new HashMap<>(specialTokens);
        all.put("tools", null);
        all.put("documents", null);
        all.put("add_generation_prompt", false);
        all.putAll(variables);
        all.put("messages", messages.stream().map(ChatTemplate::message).toList());
        return choose(all.get("tools") != null).render(all, now);
    }

    private JinjaTemplate choose(boolean withTools) {
        String name = withTools && templates.containsKey(WITH_TOOLS) ? WITH_TOOLS : DEFAULT;
        JinjaTemplate template = templates.get(name);
        if (template == null) {
            throw new IllegalArgumentException("the model has the chat templates " + templates.keySet()
                    + " and none named '" + DEFAULT + "'; rename the one to use");
        }
        return template;
    }

    /** As in transformers, nulls of a message are dropped, and reasoning is given under both of its names. */
    private static Map<String, Object> message(Map<String, ?> message) {
        Map<String, Object> normalised = new LinkedHashMap<>();
        Optional<String> reasoning =
                REASONING.stream().filter(name -> message.get(name) != null).findFirst();
        reasoning.ifPresent(name -> normalised.put("thinking", message.get(name)));
        message.forEach((name, value) -> {
            if (value != null) {
                normalised.put(name, value);
            }
        });
        reasoning.ifPresent(name -> normalised.put(REASONING.get(0), message.get(name)));
        return normalised;
    }
}
