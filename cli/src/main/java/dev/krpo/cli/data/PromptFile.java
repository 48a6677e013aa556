package dev.krpo.cli.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.krpo.cli.UsageException;
import dev.krpo.policy.sampling.GreedyAccuracy.Question;
import dev.krpo.schemas.Prompt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** A JSONL file of questions and answers. */
public final class PromptFile {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ERRORS_SHOWN = 10;

    private PromptFile() {}

    /**
     * Every line, or nothing: a file with a bad line is refused before any of it is used.
     *
     * @throws UsageException listing {@code file:line: what is wrong}
     */
    public static List<Prompt> read(Path file, String questionField, String answerField, String dataset) {
        List<Prompt> prompts = new ArrayList<>();
        List<String> errors = new ArrayList<>();
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw new UsageException(file + " cannot be read: " + e, e);
        }
        for (int number = 1; number <= lines.size(); number++) {
            String line = lines.get(number - 1);
            if (!line.isBlank()) {
                try {
                    prompts.add(prompt(JSON.readTree(line), questionField, answerField, dataset));
                } catch (JsonProcessingException e) {
                    errors.add(file + ":" + number + ": not JSON: " + e.getOriginalMessage());
                } catch (IllegalArgumentException e) {
                    errors.add(file + ":" + number + ": " + e.getMessage());
                }
            }
        }
        if (!errors.isEmpty()) {
            int hidden = errors.size() - ERRORS_SHOWN;
            throw new UsageException(String.join("\n", errors.subList(0, Math.min(errors.size(), ERRORS_SHOWN)))
                    + (hidden > 0 ? "\nand " + hidden + " more lines" : ""));
        }
        if (prompts.isEmpty()) {
            throw new UsageException(file + ": there are no questions in it");
        }
        return prompts;
    }

    /** As {@link #read}, as pairs for evaluation and pretraining. */
    public static List<Question> questions(Path file) {
        return read(file, "question", "answer", "default").stream()
                .map(prompt -> new Question(prompt.getText(), prompt.getAnswer()))
                .toList();
    }

    private static Prompt prompt(JsonNode json, String questionField, String answerField, String dataset) {
        String question = text(json, questionField);
        String answer = text(json, answerField);
        Map<String, String> attributes = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : json.properties()) {
            if (!field.getKey().equals(questionField) && !field.getKey().equals(answerField)) {
                attributes.put(field.getKey(), field.getValue().asText());
            }
        }
        // The id follows from the content, so loading a file twice changes nothing.
        String id = UUID.nameUUIDFromBytes((dataset + "\n" + question).getBytes(StandardCharsets.UTF_8))
                .toString();
        return new Prompt(id, question, answer, dataset, attributes);
    }

    private static String text(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isValueNode() || value.isNull() || value.asText().isBlank()) {
            throw new IllegalArgumentException("field \"" + field + "\" is "
                    + (value.isMissingNode() ? "missing" : value.toString()) + "; a text or number is needed");
        }
        return value.asText();
    }
}
