package dev.krpo.pipeline.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.krpo.worker.reward.Rewards;

/**
 * The contents of summary.json; field names are stable.
 *
 * @param heldOutAccuracyStart mean reward of the greedy held-out completions; the accuracy if the reward is 0/1
 */
public record Summary(
        @JsonProperty("held_out_accuracy_start") double heldOutAccuracyStart,
        @JsonProperty("held_out_accuracy_end") double heldOutAccuracyEnd,
        @JsonProperty("seconds") double seconds,
        @JsonProperty("policy_versions") long policyVersions,
        @JsonProperty("rollouts") long rollouts,
        @JsonProperty("tokens_trained") long tokensTrained,
        @JsonProperty("tokens_generated") long tokensGenerated,
        @JsonProperty("staleness_max") long stalenessMax,
        @JsonProperty("busy_worker") double busyWorker,
        @JsonProperty("busy_trainer") double busyTrainer,
        @JsonProperty("estimator") String estimator,
        @JsonProperty("seed") long seed,
        @JsonProperty("reward") String reward) {

    /** Name of the held-out measure, capitalised. */
    public String measure() {
        return reward.equals(Rewards.DEFAULT) ? "Held-out greedy accuracy" : "Held-out greedy reward (" + reward + ")";
    }
}
