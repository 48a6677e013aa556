package dev.krpo.worker.environment;

import dev.krpo.policy.generate.Completion;
import dev.krpo.worker.reward.Score;

/**
 * One prompt being answered. A rollout has one turn, so an episode has one {@link #act}, and then its score. Not
 * thread-safe.
 */
public interface Episode {

    /**
     * Takes the policy's completion, without waiting for the score.
     *
     * @param text of the completion, without special tokens
     */
    void act(Completion completion, String text);

    /** As {@link #score(Runnable)}, for callers that have nothing to do meanwhile. */
    default Score score() {
        return score(() -> {});
    }

    /**
     * Waits for the score.
     *
     * @param pulse to be called by the calling thread at least once per second: it shows that the work progresses, and
     *     ends it with an exception, which must be passed on
     * @return a finite score
     * @throws UnscoredException if there is none for this completion
     * @throws BrokenWorkerException if no more completions can be scored in this process
     */
    Score score(Runnable pulse);

    /**
     * The score to train on, which may include penalties that evaluations leave out.
     *
     * @param score of this episode
     * @param maxNewTokens maximum length of the completion, in tokens
     * @throws UnscoredException if the penalty cannot be applied
     */
    Score shaped(Score score, int maxNewTokens);

    /** Ends the episode without waiting for it; does nothing once it has its score. */
    void abandon();
}
