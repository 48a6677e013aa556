package dev.krpo.streams.estimator;

/**
 * What a persistent estimator knows before it sees the rewards.
 *
 * @param prompt filter of the prompt, or null if no reward of it was seen
 * @param dataset filter of the prompt's dataset, or null if no reward of it was seen
 */
public record State(Filter prompt, Filter dataset) {

    /** Nothing was seen; also the state of estimators without history. */
    public static final State UNSEEN = new State(null, null);

    boolean isFinite() {
        return (prompt == null || prompt.isFinite()) && (dataset == null || dataset.isFinite());
    }
}
