package dev.krpo.worker.score;

/** Thrown between decode steps when the worker is being closed; generated tokens are discarded. */
public final class GenerationStopped extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public GenerationStopped() {
        super("the worker is being closed");
    }
}
