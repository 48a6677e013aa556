package dev.krpo.policy.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import dev.krpo.policy.LogProbs;
import dev.krpo.policy.Policy;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.layer.KeyValueCache;
import dev.krpo.policy.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Generates completions for a batch of prompts with a key/value cache. Rows of different lengths are aligned at their
 * end. The policy is looked up before every decode step, so a new version can take over within a batch; cached keys and
 * values are kept, as with in-flight weight updates (PipelineRL, arXiv 2509.19128). Not thread-safe.
 */
public final class Sampler {

    private final PolicySource source;

    /**
     * Generates with the policy that the source supplies before each decode step: a slot, or always the same policy.
     */
    public Sampler(PolicySource source) {
        this.source = source;
    }

    /**
     * Draws one completion for each request, in order. A row's draws depend only on its seed: uniform number k picks
     * token k by inverting the cumulative distribution, regardless of the rest of the batch (up to rounding of the
     * logits).
     *
     * @throws IllegalArgumentException if a prompt is empty, has an unknown token, or leaves too few positions
     */
    public List<Completion> generate(List<CompletionRequest> requests, SamplingOptions options) {
        if (requests.isEmpty()) {
            return List.of();
        }
        // Otherwise a policy in training would record every step for a backward pass that never comes.
        boolean gradients = JniUtils.isGradMode();
        JniUtils.setGradMode(false);
        VersionedPolicy first = source.current();
        // The cache must outlive the weights that filled it, so its manager is not a policy's.
        try (NDManager manager =
                NDManager.newBaseManager(first.policy().manager().getDevice(), "PyTorch")) {
            return new Batch(manager, first.policy(), requests, options).run(first);
        } finally {
            JniUtils.setGradMode(gradients);
        }
    }

    /** The state of one call. */
    private final class Batch {

        private final NDManager manager;
        private final SamplingOptions options;
        private final Tokenizer tokenizer;
        private final int promptLength;
        private final List<Row> rows = new ArrayList<>();
        private final KeyValueCache cache;

        Batch(NDManager manager, Policy policy, List<CompletionRequest> requests, SamplingOptions options) {
            this.manager = manager;
            this.options = options;
            tokenizer = policy.tokenizer();
            for (CompletionRequest request : requests) {
                rows.add(new Row(request, rows.size(), policy.config(), options));
            }
            int[] lengths = rows.stream().mapToInt(row -> row.prompt.length).toArray();
            promptLength = Arrays.stream(lengths).max().orElseThrow();
            // The last new token is never read back.
            int columns = promptLength + options.maxNewTokens() - 1;
            cache = new KeyValueCache(manager, policy.decoder(), lengths, columns);
        }

        List<Completion> run(VersionedPolicy first) {
            boolean running = step(first, prompts());
            while (running) {
                long[] input =
                        rows.stream().mapToLong(row -> row.lastToken(tokenizer)).toArray();
                running = step(source.current(), input);
            }
            return rows.stream().map(Row::completion).toList();
        }

        private long[] prompts() {
            long[] tokens = new long[rows.size() * promptLength];
            Arrays.fill(tokens, tokenizer.padId());
            for (int row = 0; row < rows.size(); row++) {
                int[] prompt = rows.get(row).prompt;
                for (int i = 0; i < prompt.length; i++) {
                    tokens[(row + 1) * promptLength - prompt.length + i] = prompt[i];
                }
            }
            return tokens;
        }

        /** Draws the next token of every row; false when all are done. */
        private boolean step(VersionedPolicy policy, long[] input) {
            try (NDManager step = manager.newSubManager()) {
                NDArray tokens = step.create(input, new Shape(rows.size(), input.length / rows.size()));
                NDArray logits = policy.policy().decoder().next(tokens, cache);
                if (options.temperature() == 0) {
                    return accept(policy.version(), logits.argMax(1).toLongArray(), new float[rows.size()], null);
                }
                NDArray logProbs = LogProbs.distribution(logits, options.temperature(), options.topP());
                NDArray drawn = draw(logProbs).expandDims(1);
                NDArray drawnLogProbs = logProbs.gather(drawn, 1);
                float[] logMass = options.topP() == 1 ? null : logMass(logits, drawn, drawnLogProbs);
                return accept(policy.version(), drawn.toLongArray(), drawnLogProbs.toFloatArray(), logMass);
            }
        }

        /**
         * Log mass of each nucleus, from the two log-probabilities of the token drawn from it. Rounding must not make a
         * mass exceed 1.
         */
        private float[] logMass(NDArray logits, NDArray drawn, NDArray drawnLogProbs) {
            NDArray whole = LogProbs.distribution(logits, options.temperature(), 1);
            return whole.gather(drawn, 1).sub(drawnLogProbs).minimum(0f).toFloatArray();
        }

        /** Inverts the cumulative distribution of {@code [batch, vocabulary]}: int64 {@code [batch]}. */
        private NDArray draw(NDArray logProbs) {
            double[] uniforms = rows.stream().mapToDouble(Row::uniform).toArray();
            NDArray cumulative = logProbs.exp().toType(DataType.FLOAT64, false).cumSum(1);
            NDArray total = cumulative.max(new int[] {1}, true);
            // Less than the total even after rounding, so that the first entry above it exists and has nonzero
            // probability.
            NDArray threshold = total.mul(logProbs.getManager().create(uniforms, new Shape(rows.size(), 1)));
            return cumulative.lte(threshold).sum(new int[] {1});
        }

        /** @param logMass null if the whole vocabulary was drawn from */
        private boolean accept(long version, long[] tokens, float[] logProbs, float[] logMass) {
            boolean running = false;
            for (int row = 0; row < tokens.length; row++) {
                float mass = logMass == null ? 0 : logMass[row];
                running |= rows.get(row).accept(version, (int) tokens[row], logProbs[row], mass, tokenizer);
            }
            return running;
        }
    }

    /** A completion being generated. */
    private static final class Row {

        private final int[] prompt;
        private final SplittableRandom random;
        private final int[] tokens;
        private final float[] logProbs;
        private final float[] logMass;
        private final List<VersionRun> runs = new ArrayList<>(1);
        private int length;
        private boolean stopped;

        Row(CompletionRequest request, int index, ModelConfig config, SamplingOptions options) {
            int maxNewTokens = options.maxNewTokens();
            prompt = request.promptTokens();
            random = new SplittableRandom(request.seed());
            tokens = new int[maxNewTokens];
            logProbs = new float[maxNewTokens];
            logMass = new float[options.temperature() == 0 || options.topP() == 1 ? 0 : maxNewTokens];
            if (prompt.length == 0) {
                throw new IllegalArgumentException("Prompt " + index + " is empty; at least one token is needed");
            }
            if (prompt.length + maxNewTokens > config.maxPositions()) {
                throw new IllegalArgumentException("Prompt " + index + " has " + prompt.length + " tokens; with "
                        + maxNewTokens + " new ones it exceeds max_position_embeddings " + config.maxPositions());
            }
            for (int token : prompt) {
                if (token < 0 || token >= config.vocabularySize()) {
                    throw new IllegalArgumentException("Prompt " + index + " has token " + token
                            + "; the vocabulary has " + config.vocabularySize());
                }
            }
        }

        /** A multiple of 2^-52 in [0, 1). */
        double uniform() {
            return (random.nextLong() >>> 12) * 0x1p-52;
        }

        boolean done() {
            return stopped || length == tokens.length;
        }

        long lastToken(Tokenizer tokenizer) {
            return done() ? tokenizer.padId() : tokens[length - 1];
        }

        /** Appends a token unless the row is done; true if the row needs another one. */
        boolean accept(long version, int token, float logProb, float mass, Tokenizer tokenizer) {
            if (!done()) {
                tokens[length] = token;
                if (logMass.length > 0) {
                    logMass[length] = mass;
                }
                logProbs[length++] = logProb;
                stopped = tokenizer.isEnd(token);
                int last = runs.size() - 1;
                if (last >= 0 && runs.get(last).version() == version) {
                    runs.set(last, new VersionRun(version, runs.get(last).tokens() + 1));
                } else {
                    runs.add(new VersionRun(version, 1));
                }
            }
            return !done();
        }

        Completion completion() {
            return new Completion(
                    Arrays.copyOf(tokens, length),
                    Arrays.copyOf(logProbs, length),
                    Arrays.copyOf(logMass, Math.min(length, logMass.length)),
                    List.copyOf(runs),
                    stopped);
        }
    }
}
