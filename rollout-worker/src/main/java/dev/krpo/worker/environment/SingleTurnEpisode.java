package dev.krpo.worker.environment;

import dev.krpo.policy.generate.Completion;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.worker.reward.Overlong;
import dev.krpo.worker.reward.Reward;
import dev.krpo.worker.reward.RewardInput;
import dev.krpo.worker.reward.Score;
import java.util.Optional;

/** A completion whose reward is being computed. */
final class SingleTurnEpisode implements Episode {

    private static final int QUOTED = 200;

    private final String id;
    private final Prompt prompt;
    private final Reward reward;
    private final RewardPool calls;
    private final Optional<Overlong> overlong;
    private Completion completion;
    private String text;
    private RewardCall call;

    SingleTurnEpisode(String id, Prompt prompt, Reward reward, RewardPool calls, Optional<Overlong> overlong) {
        this.id = id;
        this.prompt = prompt;
        this.reward = reward;
        this.calls = calls;
        this.overlong = overlong;
    }

    @Override
    public void act(Completion given, String itsText) {
        completion = given;
        text = itsText;
        call = calls.submit(() -> reward.score(input(given, itsText)));
    }

    private RewardInput input(Completion given, String itsText) {
        return new RewardInput(
                prompt.getText(),
                itsText,
                prompt.getAnswer(),
                prompt.getAttributes(),
                given.stopped() ? FinishReason.STOP : FinishReason.LENGTH,
                PrimitiveArrays.of(given.tokens()));
    }

    /**
     * @throws UnscoredException if the reward throws, returns null or a score that is not finite, or takes too long
     * @throws VirtualMachineError that the reward threw, except {@link StackOverflowError}: the process is then
     *     unreliable
     */
    @Override
    public Score score(Runnable pulse) {
        Score score;
        try {
            score = calls.await(call, pulse);
        } catch (UnscoredException e) {
            throw unscored(e.reason(), e.getMessage());
        }
        if (!score.isFinite()) {
            throw unscored("reward-not-finite", "is " + score + "; make the reward function return finite numbers");
        }
        return score;
    }

    /** With the penalty of {@code worker.overlongTokens} as an additional component, if enabled. */
    @Override
    public Score shaped(Score score, int maxNewTokens) {
        if (overlong.isEmpty()) {
            return score;
        }
        try {
            return overlong.get().punished(score, completion.tokens().length, maxNewTokens);
        } catch (IllegalArgumentException e) {
            throw unscored("reward-failed", "cannot be penalised for its length: " + e.getMessage());
        }
    }

    private UnscoredException unscored(String reason, String fault) {
        return new UnscoredException(reason, "reward " + reward.name() + " of " + this + " " + fault);
    }

    @Override
    public void abandon() {
        calls.abandon(call);
    }

    /** For messages. */
    @Override
    public String toString() {
        return id + " (prompt '" + quoted(prompt.getText()) + "', completion '" + quoted(text) + "', answer '"
                + quoted(prompt.getAnswer()) + "')";
    }

    private static String quoted(String text) {
        return text.length() <= QUOTED ? text : text.substring(0, QUOTED) + "...";
    }
}
