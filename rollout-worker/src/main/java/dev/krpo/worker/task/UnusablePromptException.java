package dev.krpo.worker.task;

import dev.krpo.runtime.rules.PromptFault;

/** A policy cannot accept this prompt. */
public final class UnusablePromptException extends Exception {

    private static final long serialVersionUID = 1L;

    private final PromptFault fault;

    UnusablePromptException(PromptFault fault, String message) {
        super(message);
        this.fault = fault;
    }

    PromptFault fault() {
        return fault;
    }
}
