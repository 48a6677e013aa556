package dev.krpo.worker.score;

import dev.krpo.policy.generate.Completion;
import dev.krpo.schemas.Prompt;

/** A completion whose reward is being computed. */
public final class Scoring {

    private static final int QUOTED = 200;

    private final String id;
    private final Prompt prompt;
    private final Completion completion;
    private final String text;
    private final RewardCall call;

    Scoring(String id, Prompt prompt, Completion completion, String text, RewardCall call) {
        this.id = id;
        this.prompt = prompt;
        this.completion = completion;
        this.text = text;
        this.call = call;
    }

    public Prompt prompt() {
        return prompt;
    }

    public Completion completion() {
        return completion;
    }

    /** The text of the completion. */
    public String text() {
        return text;
    }

    RewardCall call() {
        return call;
    }

    /** For messages. */
    @Override
    public String toString() {
        return id + " (prompt '" + quoted(prompt.getText()) + "', completion '" + quoted(text) + "', answer '"
                + quoted(prompt.getAnswer()) + "')";
    }

    private static String quoted(String text) {
        return text.length() <= QUOTED ? text : text.substring(0, QUOTED) + "...";
    }
}
