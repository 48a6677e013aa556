package dev.krpo.worker.task;

/** A record that can never be used; its reason and message become its dead letter. */
public final class RejectedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String reason;

    /**
     * @param reason short, stable name
     * @param detail a sentence naming the field, the value and the remedy
     */
    public RejectedException(String reason, String detail) {
        super(detail);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
