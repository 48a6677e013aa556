package dev.krpo.streams;

import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.serde.PrimitiveArrays;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What must hold of a rollout beyond its schema, so that nothing downstream has to check again. */
final class RolloutRules {

    /** A float32 log-softmax may end this little above 0. */
    private static final float LOG_PROB_ROUNDING = 1e-4f;

    private RolloutRules() {}

    /** The first rule that the rollout breaks. */
    static Optional<Refusal> firstBroken(byte[] key, Rollout rollout) {
        return ids(rollout)
                .or(() -> key(key, rollout))
                .or(() -> position(rollout))
                .or(() -> tokens(rollout))
                .or(() -> logProbs(rollout))
                .or(() -> versions(rollout))
                .or(() -> reward(rollout))
                .or(() -> sampling(rollout.getSampling()));
    }

    private static Optional<Refusal> ids(Rollout rollout) {
        return notBlank("rolloutId", rollout.getRolloutId())
                .or(() -> notBlank("taskId", rollout.getTaskId()))
                .or(() -> notBlank("groupId", rollout.getGroupId()))
                .or(() -> notBlank("promptId", rollout.getPromptId()))
                .or(() -> notBlank("dataset", rollout.getDataset()))
                .or(() -> notBlank("policyName", rollout.getPolicyName()));
    }

    private static Optional<Refusal> notBlank(String field, String value) {
        return value.isBlank()
                ? refuse("blank-id", field + " is '" + value + "'; give it a name that is not blank")
                : Optional.empty();
    }

    private static Optional<Refusal> key(byte[] key, Rollout rollout) {
        String text = key == null ? null : new String(key, StandardCharsets.UTF_8);
        return rollout.getPromptId().equals(text)
                ? Optional.empty()
                : refuse(
                        "key-mismatch",
                        "the record key is " + (text == null ? "null" : "'" + text + "'") + " but promptId is '"
                                + rollout.getPromptId() + "'; produce rollouts with their promptId as the key");
    }

    private static Optional<Refusal> position(Rollout rollout) {
        int size = rollout.getGroupSize();
        int index = rollout.getIndex();
        return size >= 1 && index >= 0 && index < size
                ? Optional.empty()
                : refuse(
                        "index-out-of-range",
                        "index is " + index + " and groupSize is " + size + "; 0 <= index < groupSize must hold");
    }

    private static Optional<Refusal> tokens(Rollout rollout) {
        return tokens("promptTokens", rollout.getPromptTokens())
                .or(() -> tokens("completionTokens", rollout.getCompletionTokens()));
    }

    private static Optional<Refusal> tokens(String field, List<Integer> tokens) {
        if (tokens.isEmpty()) {
            return refuse("tokens-missing", field + " is empty; a rollout needs at least one token of each");
        }
        int[] ids = PrimitiveArrays.toInts(tokens);
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0) {
                return refuse("token-negative", field + "[" + i + "] is " + ids[i] + "; token ids are >= 0");
            }
        }
        return Optional.empty();
    }

    private static Optional<Refusal> logProbs(Rollout rollout) {
        int time = rollout.getCompletionTokens().size();
        float[] logProbs = PrimitiveArrays.toFloats(rollout.getBehaviourLogProbs());
        if (logProbs.length != time) {
            return refuse(
                    "array-lengths-differ",
                    "behaviourLogProbs has " + logProbs.length + " values and completionTokens has " + time
                            + "; record one log-probability for each completion token");
        }
        for (int i = 0; i < time; i++) {
            if (!Float.isFinite(logProbs[i])) {
                return refuse(
                        "log-prob-not-finite",
                        "behaviourLogProbs[" + i + "] is " + logProbs[i]
                                + "; record the finite log-probability of the token that was drawn");
            }
            if (logProbs[i] > LOG_PROB_ROUNDING) {
                return refuse(
                        "log-prob-positive",
                        "behaviourLogProbs[" + i + "] is " + logProbs[i]
                                + "; record natural logarithms of probabilities, which are <= 0");
            }
        }
        return Optional.empty();
    }

    private static Optional<Refusal> versions(Rollout rollout) {
        long tokens = 0;
        for (TokenRun run : rollout.getVersionRuns()) {
            if (run.getTokens() <= 0 || run.getPolicyVersion() < 0) {
                return refuse(
                        "version-runs-mismatch",
                        "versionRuns has a run of " + run.getTokens() + " tokens by version " + run.getPolicyVersion()
                                + "; tokens must be > 0 and versions >= 0");
            }
            tokens += run.getTokens();
        }
        int time = rollout.getCompletionTokens().size();
        return tokens == time
                ? Optional.empty()
                : refuse(
                        "version-runs-mismatch",
                        "versionRuns add up to " + tokens + " tokens and completionTokens has " + time
                                + "; each completion token belongs to one run");
    }

    private static Optional<Refusal> reward(Rollout rollout) {
        if (!Double.isFinite(rollout.getReward())) {
            return refuse(
                    "reward-not-finite",
                    "reward is " + rollout.getReward() + "; make the reward function return a finite number");
        }
        for (Map.Entry<String, Double> component : rollout.getRewardComponents().entrySet()) {
            if (!Double.isFinite(component.getValue())) {
                return refuse(
                        "reward-not-finite",
                        "rewardComponents['" + component.getKey() + "'] is " + component.getValue()
                                + "; make the reward function return a finite number");
            }
        }
        return Optional.empty();
    }

    private static Optional<Refusal> sampling(SamplingParameters sampling) {
        double temperature = sampling.getTemperature();
        double topP = sampling.getTopP();
        boolean valid = temperature > 0 && Double.isFinite(temperature) && topP > 0 && topP <= 1;
        return valid
                ? Optional.empty()
                : refuse(
                        "sampling-out-of-range",
                        "sampling.temperature is " + temperature + " and sampling.topP is " + topP
                                + "; temperature > 0 and 0 < topP <= 1 must hold");
    }

    private static Optional<Refusal> refuse(String reason, String detail) {
        return Optional.of(new Refusal(reason, detail));
    }
}
