package dev.krpo.runtime.prompts;

import dev.krpo.schemas.Prompt;
import dev.krpo.settings.UsageException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The prompts read so far; they must not contradict each other. */
final class Lines {

    private record Line(Prompt prompt, int number) {}

    private final Map<String, Line> byId = new LinkedHashMap<>();
    private final Map<String, Line> byText = new LinkedHashMap<>();
    private int repeated;

    /**
     * @throws UsageException if an earlier line has the same id with another prompt, or the same question with another
     *     answer
     */
    void add(Prompt prompt, int number) {
        Line before = byId.get(prompt.getPromptId());
        if (before != null && before.prompt.equals(prompt)) {
            repeated++;
            return;
        }
        if (before != null) {
            throw new UsageException("id \"" + prompt.getPromptId() + "\" is already used by a different prompt"
                    + " on line " + before.number + "");
        }
        Line asked = byText.get(prompt.getText());
        if (asked != null && !asked.prompt.getAnswer().equals(prompt.getAnswer())) {
            throw new UsageException("the answer to \"" + PromptFormat.abbreviated(prompt.getText()) + "\" is \""
                    + PromptFormat.abbreviated(prompt.getAnswer()) + "\" here and \""
                    + PromptFormat.abbreviated(asked.prompt.getAnswer()) + "\" on line " + asked.number);
        }
        Line line = new Line(prompt, number);
        byId.put(prompt.getPromptId(), line);
        byText.putIfAbsent(prompt.getText(), line);
    }

    List<Prompt> prompts() {
        return byId.values().stream().map(Line::prompt).toList();
    }

    /** Number of lines that repeat an earlier one. */
    int repeated() {
        return repeated;
    }
}
