package dev.krpo.worker.reward;

/**
 * Soft overlong punishment, arXiv 2503.14476 equation 13: with L_max the maximum completion length and L_cache the
 * length of its penalised tail, 0 while {@code |y| <= L_max - L_cache}, then falling linearly to -1 at L_max. A
 * truncated completion has L_max tokens.
 *
 * @param tokens L_cache, > 0; less than every L_max
 */
public record Overlong(int tokens) {

    /** The reward component that holds it. */
    public static final String NAME = "overlong";

    /** The score with its penalty as an additional component; parameters as for {@link #punishment}. */
    public Score punished(Score score, int length, int longest) {
        return score.plus(NAME, punishment(length, longest));
    }

    /**
     * The penalty, from -1 to 0.
     *
     * @param length of the completion in tokens, end-of-sequence included
     * @param longest L_max
     */
    double punishment(int length, int longest) {
        // In this order, so that 0 never becomes -0.
        return Math.max(-1, 0 - Math.max(0, length - (longest - tokens)) / (double) tokens);
    }
}
