package dev.krpo.worker.score;

import dev.krpo.policy.generate.Completion;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.worker.reward.Overlong;
import dev.krpo.worker.reward.Reward;
import dev.krpo.worker.reward.RewardInput;
import dev.krpo.worker.reward.Score;
import dev.krpo.worker.settings.WorkerSettings;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Scores completions with {@code worker.reward}, on {@code worker.rewardThreads} threads, each completion limited to
 * {@code worker.rewardTimeoutMs}. Not thread-safe.
 */
public final class Scorer implements AutoCloseable {

    private final Reward reward;
    private final RewardPool calls;
    private final Optional<Overlong> overlong;

    public Scorer(WorkerSettings worker) {
        this(worker, () -> false);
    }

    /** @param closing while true, no reward is awaited */
    public Scorer(WorkerSettings worker, BooleanSupplier closing) {
        this.reward = worker.reward();
        this.calls = new RewardPool(worker, closing);
        this.overlong = worker.overlong();
    }

    /** The name of the reward. */
    public String reward() {
        return reward.name();
    }

    /**
     * Starts scoring a completion.
     *
     * @param id of the completion, for messages: {@code rollout task-7/0}
     * @param text of the completion
     */
    public Scoring submit(String id, Prompt prompt, Completion completion, String text) {
        return new Scoring(
                id, prompt, completion, text, calls.submit(() -> reward.score(input(prompt, completion, text))));
    }

    private static RewardInput input(Prompt prompt, Completion completion, String text) {
        return new RewardInput(
                prompt.getText(),
                text,
                prompt.getAnswer(),
                prompt.getAttributes(),
                completion.stopped() ? FinishReason.STOP : FinishReason.LENGTH,
                PrimitiveArrays.of(completion.tokens()));
    }

    /**
     * Waits for the reward's score. Completions must be awaited in the order in which they were submitted.
     *
     * @return a finite score
     * @throws UnscoredException if the reward throws, returns null or a score that is not finite, or takes too long
     * @throws VirtualMachineError that the reward threw, except {@link StackOverflowError}: the process is then
     *     unreliable
     */
    public Score await(Scoring scoring) {
        Score score;
        try {
            score = calls.await(scoring.call());
        } catch (UnscoredException e) {
            throw unscored(e.reason(), scoring, e.getMessage());
        }
        if (!score.isFinite()) {
            throw unscored(
                    "reward-not-finite", scoring, "is " + score + "; make the reward function return finite numbers");
        }
        return score;
    }

    /**
     * The score to train on: with the penalty of {@code worker.overlongTokens} as an additional component, if enabled.
     *
     * @param maxNewTokens maximum length of the completion, in tokens
     * @throws UnscoredException if the reward already has a component of that name
     */
    public Score shaped(Scoring scoring, Score score, int maxNewTokens) {
        if (overlong.isEmpty()) {
            return score;
        }
        try {
            return overlong.get().punished(score, scoring.completion().tokens().length, maxNewTokens);
        } catch (IllegalArgumentException e) {
            throw unscored("reward-failed", scoring, "cannot be penalised for its length: " + e.getMessage());
        }
    }

    private UnscoredException unscored(String reason, Scoring scoring, String fault) {
        return new UnscoredException(reason, "reward " + reward.name() + " of " + scoring + " " + fault);
    }

    /** Abandons those that have not ended. */
    public void abandon(List<Scoring> scorings) {
        calls.abandon(scorings.stream().map(Scoring::call).toList());
    }

    /** Interrupts running rewards without waiting for them. */
    @Override
    public void close() {
        calls.close();
    }
}
