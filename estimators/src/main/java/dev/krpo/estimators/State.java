package dev.krpo.estimators;

/**
 * The state of a persistent estimator before it sees a group's rewards.
 *
 * @param prompt belief about the prompt; null before its first reward
 * @param dataset belief about the prompt's dataset; null before its first reward
 */
public record State(Belief prompt, Belief dataset) {

    /** Before the first reward; also the state of estimators without history. */
    public static final State UNSEEN = new State(null, null);

    /** The beliefs about the weighted rewards; where there is none yet, it starts from the expected reward's. */
    public State weighted() {
        return new State(weighted(prompt), weighted(dataset));
    }

    private static Belief weighted(Belief belief) {
        return belief == null || belief.weighted() == null ? belief : belief.weighted();
    }

    /** Adds the beliefs about the weighted rewards; prompt and dataset must be set in both states. */
    public State withWeighted(State weighted) {
        return new State(prompt.withWeighted(weighted.prompt), dataset.withWeighted(weighted.dataset));
    }

    boolean isFinite() {
        return (prompt == null || prompt.isFinite()) && (dataset == null || dataset.isFinite());
    }
}
