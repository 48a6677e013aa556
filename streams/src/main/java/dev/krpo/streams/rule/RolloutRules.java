package dev.krpo.streams.rule;

import dev.krpo.runtime.rules.BehaviourRules;
import dev.krpo.runtime.rules.Rejection;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.serde.EncodedRollout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/** Constraints on a rollout beyond its schema, so that no downstream code has to check again. */
public final class RolloutRules {

    /** Maximum absolute reward: above it, squares lose the precision to distinguish rewards. */
    private static final double MAX_REWARD = 1e6;

    private static final int MAX_ID_CHARS = 1_000;

    private RolloutRules() {}

    /** Returns the first rule that the rollout breaks, if any. */
    public static Optional<Rejection> firstBroken(byte[] key, EncodedRollout rollout, BehaviourRules behaviour) {
        return misplaced(key, rollout)
                .or(() -> tokens(rollout))
                .or(() -> behaviour(rollout, behaviour))
                .or(() -> versions(rollout))
                .or(() -> reward(rollout));
    }

    /** Returns the first broken rule, if any, among those that identify the rollout's group. */
    public static Optional<Rejection> misplaced(byte[] key, EncodedRollout rollout) {
        return ids(rollout).or(() -> key(key, rollout)).or(() -> position(rollout));
    }

    private static Optional<Rejection> ids(EncodedRollout rollout) {
        return usableName("rolloutId", rollout.rolloutId())
                .or(() -> usableName("taskId", rollout.taskId()))
                .or(() -> usableName("groupId", rollout.groupId()))
                .or(() -> usableName("promptId", rollout.promptId()))
                .or(() -> usableName("dataset", rollout.dataset()))
                .or(() -> usableName("policyName", rollout.policyName()));
    }

    private static Optional<Rejection> usableName(String field, String value) {
        if (value.isBlank()) {
            return reject("blank-id", field + " is '" + value + "'; use a non-blank name");
        }
        // Ids are repeated in the keys of stores next to their rollout.
        return value.length() > MAX_ID_CHARS
                ? reject(
                        "id-too-long",
                        field + " has " + value.length() + " characters; use a name of at most " + MAX_ID_CHARS)
                : Optional.empty();
    }

    private static Optional<Rejection> key(byte[] key, EncodedRollout rollout) {
        // Compare bytes, because a key that is not UTF-8 may decode to an id with replacement characters.
        return Arrays.equals(key, rollout.promptId().getBytes(StandardCharsets.UTF_8))
                ? Optional.empty()
                : reject(
                        "key-mismatch",
                        "the record key is "
                                + (key == null ? "null" : "'" + new String(key, StandardCharsets.UTF_8) + "'")
                                + " but promptId is '"
                                + rollout.promptId() + "'; produce rollouts with their promptId as the key");
    }

    private static Optional<Rejection> position(EncodedRollout rollout) {
        int size = rollout.groupSize();
        int index = rollout.index();
        return size >= 1 && index >= 0 && index < size
                ? Optional.empty()
                : reject(
                        "index-out-of-range",
                        "index is " + index + " and groupSize is " + size + "; 0 <= index < groupSize must hold");
    }

    private static Optional<Rejection> tokens(EncodedRollout rollout) {
        return tokens("promptTokens", rollout.promptTokens())
                .or(() -> tokens("completionTokens", rollout.completionTokens()));
    }

    private static Optional<Rejection> tokens(String field, int[] ids) {
        if (ids.length == 0) {
            return reject(
                    "tokens-missing",
                    field + " is empty; a rollout needs at least one prompt token and" + " one completion token");
        }
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0) {
                return reject("token-negative", field + "[" + i + "] is " + ids[i] + "; token ids are >= 0");
            }
        }
        return Optional.empty();
    }

    private static Optional<Rejection> behaviour(EncodedRollout rollout, BehaviourRules rules) {
        return rules.firstBroken(
                rollout.completionTokens().length,
                rollout.behaviourLogProbs(),
                rollout.nucleusLogMass(),
                rollout.temperature(),
                rollout.topP());
    }

    private static Optional<Rejection> versions(EncodedRollout rollout) {
        long tokens = 0;
        for (TokenRun run : rollout.versionRuns()) {
            if (run.getTokens() <= 0 || run.getPolicyVersion() < 0) {
                return reject(
                        "version-runs-mismatch",
                        "versionRuns has a run of " + run.getTokens() + " tokens by version " + run.getPolicyVersion()
                                + "; use tokens > 0 and versions >= 0");
            }
            tokens += run.getTokens();
        }
        int time = rollout.completionTokens().length;
        return tokens == time
                ? Optional.empty()
                : reject(
                        "version-runs-mismatch",
                        "versionRuns add up to " + tokens + " tokens and completionTokens has " + time
                                + "; cover each completion token with exactly one run");
    }

    private static Optional<Rejection> reward(EncodedRollout rollout) {
        Optional<Rejection> broken = reward("reward", rollout.reward());
        for (Map.Entry<String, Double> component : rollout.rewardComponents().entrySet()) {
            broken = broken.or(() -> reward("rewardComponents['" + component.getKey() + "']", component.getValue()));
        }
        return broken;
    }

    private static Optional<Rejection> reward(String field, double value) {
        if (!Double.isFinite(value)) {
            return reject(
                    "reward-not-finite", field + " is " + value + "; make the reward function return a finite number");
        }
        return Math.abs(value) <= MAX_REWARD
                ? Optional.empty()
                : reject(
                        "reward-too-large",
                        field + " is " + value + ", more than " + MAX_REWARD
                                + "; scale rewards to a sensible range, such as [0, 1]");
    }

    private static Optional<Rejection> reject(String reason, String detail) {
        return Optional.of(new Rejection(reason, detail));
    }
}
