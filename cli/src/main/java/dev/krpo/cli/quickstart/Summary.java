package dev.krpo.cli.quickstart;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The content of summary.json; names are stable. */
record Summary(
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
        @JsonProperty("seed") long seed) {}
