package dev.krpo.estimators;

import java.util.Arrays;

/** Selects the completions of a group for training. Implementations are pure, immutable and thread-safe. */
public interface SampleFilter {

    /** Keeps every completion. */
    SampleFilter NONE = new SampleFilter() {
        @Override
        public String name() {
            return "none";
        }

        @Override
        public int minGroupSize() {
            return 1;
        }

        @Override
        public boolean[] keep(double[] rewards) {
            boolean[] kept = new boolean[rewards.length];
            Arrays.fill(kept, true);
            return kept;
        }
    };

    /** The value of {@code estimator.filter} that selects it; also written into every sample it leaves out. */
    String name();

    /** Minimum number of completions to select from: a single one cannot be compared with any other. */
    default int minGroupSize() {
        return 2;
    }

    /**
     * Decides for each completion if it is kept.
     *
     * @param rewards of one group in the order of their index, finite, at least {@link #minGroupSize()}
     * @return one entry per reward; true if the completion is kept
     */
    boolean[] keep(double[] rewards);
}
