package dev.krpo.estimators;

/**
 * What a persistent estimator knows before it sees the rewards.
 *
 * @param prompt filter of the prompt, or null if no reward of it was seen
 * @param dataset filter of the prompt's dataset, or null if no reward of it was seen
 */
public record State(Belief prompt, Belief dataset) {

    /** Nothing was seen; also the state of estimators without history. */
    public static final State UNSEEN = new State(null, null);

    /** The filters of the weighted rewards; those of the expected reward, to start from, where there is none yet. */
    public State weighted() {
        return new State(weighted(prompt), weighted(dataset));
    }

    private static Belief weighted(Belief filter) {
        return filter == null || filter.weighted() == null ? filter : filter.weighted();
    }

    /** These filters beside those of the weighted rewards; both have seen prompt and dataset. */
    public State withWeighted(State weighted) {
        return new State(prompt.withWeighted(weighted.prompt), dataset.withWeighted(weighted.dataset));
    }

    boolean isFinite() {
        return (prompt == null || prompt.isFinite()) && (dataset == null || dataset.isFinite());
    }
}
