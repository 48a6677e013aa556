package dev.krpo.runtime.prompts;

import com.fasterxml.jackson.databind.JsonNode;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.settings.UsageException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Maps a line of JSON to a prompt.
 *
 * @param questionField the field with the question; the prompt's text unless there is a template
 * @param answerField the field with the reference answer
 * @param idField the field with the prompt's id; null derives the id from the content, so that loading again has no
 *     effect
 * @param template the prompt's text, with {@code {field}} for the fields of the line; null uses the question
 * @param dataset the dataset that the prompts belong to
 * @param rendering applied to the text last, such as a chat template
 */
public record PromptFormat(
        String questionField,
        String answerField,
        String idField,
        String template,
        String dataset,
        UnaryOperator<String> rendering) {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^{}]+)}");
    private static final int ID_BYTES = 8;

    /** Without rendering. */
    public PromptFormat(String questionField, String answerField, String idField, String template, String dataset) {
        this(questionField, answerField, idField, template, dataset, UnaryOperator.identity());
    }

    /** The same format, with texts rendered. */
    public PromptFormat rendered(UnaryOperator<String> rendering) {
        return new PromptFormat(questionField, answerField, idField, template, dataset, rendering);
    }

    /** The format of the quickstart's files: {@code question} and {@code answer}, ids from the content. */
    public static PromptFormat standard(String dataset) {
        return new PromptFormat("question", "answer", null, null, dataset);
    }

    /** @throws UsageException naming the field that is missing, empty or of the wrong type */
    Prompt prompt(JsonNode line) {
        if (!line.isObject()) {
            throw new UsageException("expected a JSON object, found " + abbreviated(line));
        }
        String text = rendering.apply(template == null ? text(line, questionField) : fill(line));
        String answer = text(line, answerField);
        String id = idField == null ? hash(dataset, text, answer) : text(line, idField);
        Map<String, String> attributes = new LinkedHashMap<>();
        line.properties().forEach(field -> {
            String name = field.getKey();
            if (!name.equals(questionField) && !name.equals(answerField) && !name.equals(idField)) {
                attributes.put(
                        name,
                        field.getValue().isValueNode()
                                ? field.getValue().asText()
                                : field.getValue().toString());
            }
        });
        if (attributes.size() > RecordLimits.MAX_ENTRIES) {
            throw new UsageException(attributes.size() + " additional fields; a prompt may have at most" + " "
                    + RecordLimits.MAX_ENTRIES + "");
        }
        return new Prompt(id, text, answer, dataset, attributes);
    }

    private String fill(JsonNode line) {
        Matcher placeholder = PLACEHOLDER.matcher(template);
        return placeholder.replaceAll(match -> Matcher.quoteReplacement(text(line, match.group(1))));
    }

    private static String text(JsonNode line, String field) {
        JsonNode value = line.get(field);
        if (value == null || value.isNull()) {
            throw new UsageException("field \"" + field + "\" is missing; the line has "
                    + line.properties().stream().map(Map.Entry::getKey).toList());
        }
        if (!(value.isTextual() || value.isNumber()) || value.asText().isBlank()) {
            throw new UsageException("field \"" + field + "\" is " + abbreviated(value) + "; use text or a number");
        }
        return value.asText();
    }

    private static String abbreviated(JsonNode value) {
        return abbreviated(value.toString());
    }

    static String abbreviated(String text) {
        return text.length() <= 60 ? text : text.substring(0, 57) + "...";
    }

    private static String hash(String... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : parts) {
                digest.update(part.getBytes(StandardCharsets.UTF_8));
                // Keeps ("ab", "c") apart from ("a", "bc").
                digest.update((byte) 0);
            }
            return HexFormat.of().formatHex(digest.digest(), 0, ID_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
