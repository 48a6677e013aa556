package dev.krpo.policy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.layer.KeyValueCache;
import dev.krpo.policy.tokenizer.CharTokenizer;
import dev.krpo.policy.tokenizer.Tokenizer;
import java.util.Arrays;

/** Small random policies for tests. */
public final class TinyPolicies {

    static {
        TorchEngine.configure(1);
    }

    private TinyPolicies() {}

    public static Policy random(long seed) {
        return random(seed, true);
    }

    public static Policy random(long seed, boolean tiedEmbeddings) {
        CharTokenizer tokenizer = new CharTokenizer("0123456789+-*/=() <>answer.,?");
        ModelConfig config =
                new ModelConfig(tokenizer.vocabularySize(), 32, 48, 2, 4, 2, 96, 1e-5, 10_000, tiedEmbeddings, 0.3);
        return Policy.initialise(config, tokenizer, seed, Device.cpu());
    }

    /** For models whose tokens have no meaning. */
    public static Tokenizer tokenizer() {
        return new CharTokenizer("0123");
    }

    /** The most probable continuations, past any end token; prompts are padded on the left. */
    public static int[][] greedy(Policy policy, int newTokens, int[]... prompts) {
        int rows = prompts.length;
        int[] lengths = Arrays.stream(prompts).mapToInt(prompt -> prompt.length).toArray();
        int longest = Arrays.stream(lengths).max().orElseThrow();
        long[] input = new long[rows * longest];
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < lengths[row]; i++) {
                input[(row + 1) * longest - lengths[row] + i] = prompts[row][i];
            }
        }
        int[][] continuations = new int[rows][newTokens];
        try (NDManager manager = policy.manager().newSubManager()) {
            KeyValueCache cache = new KeyValueCache(manager, policy.decoder(), lengths, longest + newTokens);
            for (int step = 0; step < newTokens; step++) {
                NDArray tokens = manager.create(input, new Shape(rows, input.length / rows));
                input = policy.decoder().next(tokens, cache).argMax(1).toLongArray();
                for (int row = 0; row < rows; row++) {
                    continuations[row][step] = (int) input[row];
                }
            }
        }
        return continuations;
    }

    /** int64 {@code [rows, longest]}, right-padded with 0. */
    public static NDArray batch(NDManager manager, int[]... rows) {
        int longest = Arrays.stream(rows).mapToInt(row -> row.length).max().orElseThrow();
        long[] tokens = new long[rows.length * longest];
        for (int row = 0; row < rows.length; row++) {
            for (int i = 0; i < rows[row].length; i++) {
                tokens[row * longest + i] = rows[row][i];
            }
        }
        return manager.create(tokens, new Shape(rows.length, longest));
    }
}
