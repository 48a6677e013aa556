package dev.krpo.pipeline.report;

/** Mean reward of greedy completions on held-out questions at one point in time; the accuracy if the reward is 0/1. */
public record Accuracy(long atMs, long version, double value) {}
