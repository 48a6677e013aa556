package dev.krpo.worker.score;

/** The reward returned no usable score for a completion. */
public final class UnscoredException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String reason;

    /**
     * @param reason short, stable name
     * @param message names the reward, the prompt, the fault and the remedy
     */
    UnscoredException(String reason, String message) {
        super(message);
        this.reason = reason;
    }

    public String reason() {
        return reason;
    }
}
