package dev.krpo.learner.normalize;

/**
 * Normalises the advantages of a batch before the loss. A pure function in double precision, so that a replay is
 * bit-identical. Immutable.
 */
public interface AdvantageNormalization {

    /**
     * @param advantages of the batch, in order
     * @param lengths of its completions, in tokens
     * @return the advantages to train with; the input is not modified
     */
    double[] apply(double[] advantages, int[] lengths);

    /** Minimum number of samples that it can normalise. */
    default int minBatchSize() {
        return 2;
    }
}
