package dev.krpo.runtime.rules;

import java.util.Arrays;

/** Why a prompt cannot be asked: it stays so until the prompt is corrected. */
public enum PromptFault {
    EMPTY("prompt-empty"),
    NOT_ENCODABLE("prompt-not-encodable"),
    /** For a task that asks for as many new tokens, or more. */
    TOO_LONG("prompt-too-long");

    private final String reason;

    PromptFault(String reason) {
        this.reason = reason;
    }

    /** As a dead letter names it. */
    public String reason() {
        return reason;
    }

    /** Whether a dead letter with this reason blames the prompt of its task. */
    public static boolean isReason(String reason) {
        return Arrays.stream(values()).anyMatch(fault -> fault.reason.equals(reason));
    }
}
