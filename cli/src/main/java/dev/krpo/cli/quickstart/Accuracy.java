package dev.krpo.cli.quickstart;

/** Mean reward of the greedy completions of held-out questions at one moment; the accuracy, if the reward is 1 or 0. */
record Accuracy(long atMs, long version, double value) {}
