package dev.krpo.worker;

/** Thrown between decode steps when the worker is being closed; what was generated is dropped. */
final class GenerationStopped extends RuntimeException {

    private static final long serialVersionUID = 1L;

    GenerationStopped() {
        super("the worker is being closed");
    }
}
