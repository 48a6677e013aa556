package dev.krpo.worker.task;

import dev.krpo.runtime.rules.Rejection;

/** A record that can never be used; its reason and message become its dead letter. */
final class RejectedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Rejection rejection;

    /**
     * @param reason short, stable name
     * @param detail a sentence naming the field, the value and the remedy
     */
    RejectedException(String reason, String detail) {
        super(detail);
        rejection = new Rejection(reason, detail);
    }

    Rejection rejection() {
        return rejection;
    }
}
