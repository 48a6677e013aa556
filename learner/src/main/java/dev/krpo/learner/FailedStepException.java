package dev.krpo.learner;

import java.io.Serial;

/** A step that came to nothing before anything was updated: parameters, optimizer and gradients are as they were. */
public final class FailedStepException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final boolean notFinite;

    private FailedStepException(boolean notFinite, String message, Throwable cause) {
        super(message, cause);
        this.notFinite = notFinite;
    }

    public static FailedStepException notFinite(String message) {
        return new FailedStepException(true, message, null);
    }

    /** What forward or backward threw, such as an engine that is out of memory. */
    public static FailedStepException because(Throwable cause) {
        String message = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        // The engine's messages go on with a stack trace of its own.
        return new FailedStepException(
                false,
                "forward or backward failed: " + message.lines().findFirst().orElse("")
                        + "; if memory ended, lower trainer.batchSize or scheduler.maxNewTokens",
                cause);
    }

    /** Whether the gradient overflowed or is no number; otherwise it could not be computed. */
    public boolean notFinite() {
        return notFinite;
    }
}
