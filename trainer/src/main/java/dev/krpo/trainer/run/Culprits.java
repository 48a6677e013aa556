package dev.krpo.trainer.run;

import dev.krpo.learner.FailedStepException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/**
 * Finds the samples that make a step fail, by bisection: those that fail alone, and, where only many together fail (as
 * when memory runs out), the longest ones, which determine the size of the whole batch.
 *
 * @param <S> a sample
 */
final class Culprits<S> {

    private final Consumer<List<S>> rehearsal;
    private final ToIntFunction<S> length;

    /**
     * @param rehearsal throws {@link FailedStepException} if a step with these samples fails; has no side effects
     * @param length of a sample in tokens
     */
    Culprits(Consumer<List<S>> rehearsal, ToIntFunction<S> length) {
        this.rehearsal = rehearsal;
        this.length = length;
    }

    /**
     * The samples to remove so that the rest of the batch can be trained, each with its failure.
     *
     * @param batch whose step failed
     * @throws FailedStepException if more than half of the samples (and more than one) would have to be removed: then
     *     the samples are not the cause
     */
    IdentityHashMap<S, FailedStepException> of(List<S> batch) {
        IdentityHashMap<S, FailedStepException> culprits = new IdentityHashMap<>();
        List<S> rest = new ArrayList<>(batch);
        Optional<FailedStepException> failure = failure(rest);
        while (failure.isPresent()) {
            IdentityHashMap<S, FailedStepException> found = new IdentityHashMap<>();
            search(rest, failure.get(), found);
            if (found.isEmpty()) {
                found.put(rest.stream().max(Comparator.comparingInt(length)).orElseThrow(), failure.get());
            }
            culprits.putAll(found);
            if (culprits.size() > Math.max(1, batch.size() / 2)) {
                throw failure.get();
            }
            rest.removeIf(found::containsKey);
            failure = failure(rest);
        }
        return culprits;
    }

    private void search(List<S> samples, FailedStepException failure, IdentityHashMap<S, FailedStepException> found) {
        if (samples.size() == 1) {
            found.put(samples.get(0), failure);
            return;
        }
        int middle = samples.size() / 2;
        for (List<S> half : List.of(samples.subList(0, middle), samples.subList(middle, samples.size()))) {
            failure(half).ifPresent(failed -> search(half, failed, found));
        }
    }

    private Optional<FailedStepException> failure(List<S> samples) {
        if (samples.isEmpty()) {
            return Optional.empty();
        }
        try {
            rehearsal.accept(samples);
            return Optional.empty();
        } catch (FailedStepException e) {
            return Optional.of(e);
        }
    }
}
