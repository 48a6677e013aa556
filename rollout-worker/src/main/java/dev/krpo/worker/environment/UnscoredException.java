package dev.krpo.worker.environment;

/** A completion has no usable score; it costs only that completion. */
public final class UnscoredException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String reason;

    /**
     * @param reason short, stable name
     * @param message names what scores, the prompt, the fault and the remedy
     */
    public UnscoredException(String reason, String message) {
        super(message);
        this.reason = reason;
    }

    public String reason() {
        return reason;
    }
}
