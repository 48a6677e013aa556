package dev.krpo.trainer.run;

import dev.krpo.policy.family.ModelConfig;
import dev.krpo.runtime.rules.BehaviourRules;
import dev.krpo.runtime.rules.Rejection;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.serde.PrimitiveArrays;
import java.util.Optional;

/** Constraints that every sample must satisfy before the model uses it, so that no sample can stop a step. */
record SampleRules(ModelConfig model, BehaviourRules behaviour) {

    /**
     * Ten times the advantage that estimators compute from the maximum rewards that the topology accepts; its square is
     * far from float32 overflow.
     */
    static final double MAX_ADVANTAGE = 1e7;

    /** The first violated rule. */
    Optional<Rejection> firstBroken(AdvantageSample sample) {
        Rollout rollout = sample.getRollout();
        int[] prompt = PrimitiveArrays.toInts(rollout.getPromptTokens());
        int[] completion = PrimitiveArrays.toInts(rollout.getCompletionTokens());
        return advantage(sample.getAdvantage())
                .or(() -> tokens("promptTokens", prompt))
                .or(() -> tokens("completionTokens", completion))
                .or(() -> positions(prompt.length, completion.length))
                .or(() -> versions(rollout, completion.length))
                .or(() -> behaviour.firstBroken(
                        completion.length,
                        PrimitiveArrays.toFloats(rollout.getBehaviourLogProbs()),
                        PrimitiveArrays.toFloats(rollout.getNucleusLogMass()),
                        rollout.getSampling().getTemperature(),
                        rollout.getSampling().getTopP()))
                .map(broken -> new Rejection(
                        broken.reason(), broken.detail() + " (sample of rollout " + rollout.getRolloutId() + ")"));
    }

    private static Optional<Rejection> advantage(double advantage) {
        if (!Double.isFinite(advantage)) {
            return broken("advantage-not-finite", "advantage is " + advantage + "; fix the estimator that computed it");
        }
        return Math.abs(advantage) <= MAX_ADVANTAGE
                ? Optional.empty()
                : broken(
                        "advantage-too-large",
                        "advantage is " + advantage + ", more than " + MAX_ADVANTAGE
                                + "; scale rewards to a sensible range, such as [0, 1]");
    }

    private Optional<Rejection> tokens(String field, int[] tokens) {
        if (tokens.length == 0) {
            return broken("tokens-missing", field + " is empty; a sample needs at least one token of each");
        }
        for (int i = 0; i < tokens.length; i++) {
            if (tokens[i] < 0 || tokens[i] >= model.vocabularySize()) {
                return broken(
                        "token-outside-vocabulary",
                        field + "[" + i + "] is " + tokens[i] + " and the model's vocabulary has "
                                + model.vocabularySize() + " tokens; encode rollouts with the policy's own tokenizer");
            }
        }
        return Optional.empty();
    }

    private Optional<Rejection> positions(int prompt, int completion) {
        return (long) prompt + completion <= model.maxPositions()
                ? Optional.empty()
                : broken(
                        "too-long-for-model",
                        "promptTokens has " + prompt + " and completionTokens " + completion
                                + " tokens, and the model's max_position_embeddings is " + model.maxPositions()
                                + "; shorten prompts or lower scheduler.maxNewTokens");
    }

    private static Optional<Rejection> versions(Rollout rollout, int completion) {
        long tokens = 0;
        for (TokenRun run : rollout.getVersionRuns()) {
            if (run.getTokens() <= 0 || run.getPolicyVersion() < 0) {
                return broken(
                        "version-runs-mismatch",
                        "versionRuns has a run of " + run.getTokens() + " tokens by version " + run.getPolicyVersion()
                                + "; tokens must be > 0 and versions >= 0");
            }
            tokens += run.getTokens();
        }
        return tokens == completion
                ? Optional.empty()
                : broken(
                        "version-runs-mismatch",
                        "versionRuns add up to " + tokens + " tokens and completionTokens has " + completion
                                + "; each completion token belongs to one run");
    }

    private static Optional<Rejection> broken(String reason, String detail) {
        return Optional.of(new Rejection(reason, detail));
    }
}
