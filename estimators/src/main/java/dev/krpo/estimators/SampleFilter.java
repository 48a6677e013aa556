package dev.krpo.estimators;

import java.util.Arrays;

/**
 * Chooses the completions of a group that training gets. Implementations are pure and immutable, so any thread may use
 * one.
 */
public interface SampleFilter {

    /** Keeps every completion. */
    SampleFilter NONE = new SampleFilter() {
        @Override
        public String name() {
            return "none";
        }

        @Override
        public int smallestGroup() {
            return 1;
        }

        @Override
        public boolean[] keep(double[] rewards) {
            boolean[] kept = new boolean[rewards.length];
            Arrays.fill(kept, true);
            return kept;
        }
    };

    /** The name that selects it in {@code estimator.filter} and that is written into every sample it leaves out. */
    String name();

    /** Fewest completions it can choose from: a single one has nothing to be compared with. */
    default int smallestGroup() {
        return 2;
    }

    /**
     * Whether each completion is kept.
     *
     * @param rewards of one group in the order of their index, finite, at least {@link #smallestGroup()}
     * @return one entry for each reward
     */
    boolean[] keep(double[] rewards);
}
