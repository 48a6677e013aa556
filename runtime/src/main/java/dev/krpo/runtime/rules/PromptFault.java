package dev.krpo.runtime.rules;

import java.util.Arrays;

/** Why the model cannot accept a prompt; permanent until the prompt is corrected. */
public enum PromptFault {
    EMPTY("prompt-empty"),
    NOT_ENCODABLE("prompt-not-encodable"),
    /** The prompt leaves no room for the task's number of new tokens. */
    TOO_LONG("prompt-too-long");

    private final String reason;

    PromptFault(String reason) {
        this.reason = reason;
    }

    /** The reason in dead letters. */
    public String reason() {
        return reason;
    }

    /** True if a dead letter with this reason is caused by the prompt of its task. */
    public static boolean isReason(String reason) {
        return Arrays.stream(values()).anyMatch(fault -> fault.reason.equals(reason));
    }
}
