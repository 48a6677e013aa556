package dev.krpo.worker.task;

/** A record that cannot be used, now or later; becomes its dead letter. */
public final class Refusal extends Exception {

    private static final long serialVersionUID = 1L;

    private final String reason;

    /**
     * @param reason short, stable name
     * @param detail a sentence naming the field, the value and the remedy
     */
    public Refusal(String reason, String detail) {
        super(detail);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
