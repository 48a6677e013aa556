package dev.krpo.worker.task;

/** Ends generating and scoring when the worker is being closed; the results are discarded. */
final class GenerationStopped extends RuntimeException {

    private static final long serialVersionUID = 1L;

    GenerationStopped() {
        super("the worker is being closed");
    }
}
