package dev.krpo.cli.quickstart;

/** Greedy accuracy on held-out questions at one moment. */
record Accuracy(long atMs, long version, double value) {}
