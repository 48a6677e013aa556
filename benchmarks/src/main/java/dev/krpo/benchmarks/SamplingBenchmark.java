package dev.krpo.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.generate.Completion;
import dev.krpo.policy.generate.CompletionRequest;
import dev.krpo.policy.generate.Sampler;
import dev.krpo.policy.generate.SamplingOptions;
import dev.krpo.policy.generate.VersionedPolicy;
import dev.krpo.policy.tokenizer.CharTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Decodes 64 new tokens with the KV cache, compared with a full forward pass over the growing prefix per token. */
final class SamplingBenchmark implements Benchmark {

    private static final int ROWS = 32;
    private static final int NEW_TOKENS = 64;
    private static final int ROUNDS = 5;

    @Override
    public String name() {
        return "sampling";
    }

    @Override
    public String claim() {
        return "tokens/s with the KV cache over recomputing the prefix, " + NEW_TOKENS + " new tokens, " + ROWS
                + " rows";
    }

    @Override
    public Measurement run(Consumer<String> progress) {
        TorchEngine.configure(1);
        CharTokenizer tokenizer = new CharTokenizer("0123456789+-*/=() <>answer.,?");
        ModelConfig config =
                new ModelConfig(tokenizer.vocabularySize(), 128, 256, 2, 4, 2, 128, 1e-5, 10_000, true, 0.06);
        List<Double> cached = new ArrayList<>();
        List<Double> recomputed = new ArrayList<>();
        try (Policy policy = Policy.initialise(config, tokenizer, 1, TorchEngine.device("cpu"))) {
            int[] prompt = tokenizer.encode("12+34=");
            for (int round = -1; round < ROUNDS; round++) {
                double with = cached(policy, prompt, round);
                double without = recomputed(policy, prompt);
                // The first round is a warm-up.
                if (round >= 0) {
                    cached.add(with);
                    recomputed.add(without);
                    progress.accept(String.format("round %d: %.0f versus %.0f tokens/s", round + 1, with, without));
                }
            }
        }
        return new Measurement(name(), "tokens/s", "cached", cached, "recomputed", recomputed, 5);
    }

    private static double cached(Policy policy, int[] prompt, int round) {
        List<CompletionRequest> requests = new ArrayList<>();
        for (int row = 0; row < ROWS; row++) {
            requests.add(new CompletionRequest(prompt, 1000L * round + row));
        }
        VersionedPolicy fixed = new VersionedPolicy(0, policy);
        long start = System.nanoTime();
        List<Completion> completions =
                new Sampler(() -> fixed).generate(requests, new SamplingOptions(1, 1, NEW_TOKENS));
        double seconds = (System.nanoTime() - start) / 1e9;
        // Rows that end early count only the tokens they generated, which puts the cache at a disadvantage.
        long tokens = completions.stream().mapToLong(c -> c.tokens().length).sum();
        return tokens / seconds;
    }

    private static double recomputed(Policy policy, int[] prompt) {
        long[] tokens = new long[ROWS * (prompt.length + NEW_TOKENS)];
        long start = System.nanoTime();
        for (int length = prompt.length; length < prompt.length + NEW_TOKENS; length++) {
            try (NDManager manager = policy.manager().newSubManager()) {
                long[] prefix = new long[ROWS * length];
                for (int row = 0; row < ROWS; row++) {
                    for (int i = 0; i < length; i++) {
                        int at = row * (prompt.length + NEW_TOKENS) + i;
                        prefix[row * length + i] = i < prompt.length ? prompt[i] : tokens[at];
                    }
                }
                NDArray logits = policy.decoder().logits(manager.create(prefix, new Shape(ROWS, length)));
                long[] next = logits.argMax(-1).toLongArray();
                for (int row = 0; row < ROWS; row++) {
                    tokens[row * (prompt.length + NEW_TOKENS) + length] = next[row * length + length - 1];
                }
            }
        }
        return ROWS * NEW_TOKENS / ((System.nanoTime() - start) / 1e9);
    }
}
