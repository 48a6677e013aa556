package dev.krpo.cli.role;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * What every role can do.
 *
 * @param start returns when the role's threads run
 * @param awaitTermination waits until the role has stopped, by {@code close} or a failure
 * @param failure what stopped the role, if it was not {@code close}
 * @param close finishes what is in hand; may be called again
 */
public record Role(
        Runnable start, Termination awaitTermination, Supplier<Optional<Throwable>> failure, Runnable close) {

    /** Waits for an end. */
    @FunctionalInterface
    public interface Termination {
        void await() throws InterruptedException;
    }
}
