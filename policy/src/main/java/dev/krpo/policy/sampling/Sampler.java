package dev.krpo.policy.sampling;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.krpo.policy.Policy;
import dev.krpo.policy.model.Decoder;
import dev.krpo.policy.model.KeyValueCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Generates a batch of completions with a KV cache. Weights may change between decode steps; the cache is kept then, as
 * in-flight weight updates do (PipelineRL, arXiv 2509.19128).
 */
public final class Sampler {

    private final PolicySource source;

    public Sampler(PolicySource source) {
        this.source = source;
    }

    /**
     * @return one completion a request, in order
     * @throws IllegalArgumentException if a prompt and maxNewTokens do not fit into the model's positions
     */
    public List<Completion> generate(List<CompletionRequest> requests, SamplingOptions options) {
        if (requests.isEmpty()) {
            return List.of();
        }
        VersionedPolicy first = source.current();
        List<Row> rows = new ArrayList<>(requests.size());
        requests.forEach(request -> rows.add(new Row(request, options)));
        int longest =
                requests.stream().mapToInt(r -> r.promptTokens().length).max().orElseThrow();
        Policy policy = first.policy();
        if (longest + options.maxNewTokens() > policy.config().maxPositions()) {
            throw new IllegalArgumentException("a prompt of " + longest + " tokens and maxNewTokens "
                    + options.maxNewTokens() + " exceed max_position_embeddings "
                    + policy.config().maxPositions() + "; shorten the prompt or lower maxNewTokens");
        }
        int eos = policy.tokenizer().eosId();
        // The cache must outlive the weights that filled it, so its manager does not belong to a policy.
        try (NDManager manager = NDManager.newBaseManager(policy.manager().getDevice(), "PyTorch")) {
            KeyValueCache cache = new KeyValueCache(manager, policy.config().layers());
            NDArray promptMask = promptMask(manager, rows, longest);
            long[] chosen = null;
            VersionedPolicy weights = first;
            for (int step = 0; step < options.maxNewTokens(); step++) {
                if (step > 0) {
                    weights = source.current();
                }
                Decoder decoder = weights.policy().decoder();
                try (NDManager scratch = manager.newSubManager()) {
                    NDArray logits = step == 0
                            ? prefill(
                                    scratch,
                                    decoder,
                                    cache,
                                    rows,
                                    longest,
                                    policy.tokenizer().padId())
                            : decoder.step(
                                    scratch.create(chosen),
                                    scratch.create(positions(rows, step)),
                                    stepMask(scratch, promptMask, step),
                                    cache);
                    chosen = TokenChoice.choose(scratch, logits, rows, options, weights.version());
                }
                if (!anyGoesOn(rows, eos)) {
                    break;
                }
            }
        }
        return rows.stream().map(row -> row.completion(eos)).toList();
    }

    private static NDArray prefill(
            NDManager manager, Decoder decoder, KeyValueCache cache, List<Row> rows, int longest, int pad) {
        long[] tokens = new long[rows.size() * longest];
        long[] last = new long[rows.size()];
        Arrays.fill(tokens, pad);
        for (int row = 0; row < rows.size(); row++) {
            int[] prompt = rows.get(row).request.promptTokens();
            for (int i = 0; i < prompt.length; i++) {
                tokens[row * longest + i] = prompt[i];
            }
            last[row] = prompt.length - 1L;
        }
        return decoder.prefill(manager.create(tokens, new Shape(rows.size(), longest)), manager.create(last), cache);
    }

    /** {@code [batch, 1, 1, longest]} that hides each prompt's padding, or null when there is none. */
    private static NDArray promptMask(NDManager manager, List<Row> rows, int longest) {
        float[] mask = new float[rows.size() * longest];
        boolean padded = false;
        for (int row = 0; row < rows.size(); row++) {
            int length = rows.get(row).request.promptTokens().length;
            Arrays.fill(mask, row * longest + length, (row + 1) * longest, Decoder.masked());
            padded |= length < longest;
        }
        return padded ? manager.create(mask, new Shape(rows.size(), 1, 1, longest)) : null;
    }

    private static NDArray stepMask(NDManager manager, NDArray promptMask, int generated) {
        if (promptMask == null) {
            return null;
        }
        NDArray visible = manager.zeros(new Shape(promptMask.getShape().get(0), 1, 1, generated), DataType.FLOAT32);
        NDArray mask = NDArrays.concat(new NDList(promptMask, visible), 3);
        mask.attach(manager);
        return mask;
    }

    private static long[] positions(List<Row> rows, int step) {
        return rows.stream()
                .mapToLong(row -> row.request.promptTokens().length + step - 1L)
                .toArray();
    }

    private static boolean anyGoesOn(List<Row> rows, int eos) {
        boolean any = false;
        for (Row row : rows) {
            any |= !row.ended(eos);
        }
        return any;
    }

    /** The growing completion of one request. */
    static final class Row {

        private final CompletionRequest request;
        private final SplittableRandom random;
        private final int[] tokens;
        private final float[] logProbs;
        private final long[] versions;
        private int length;
        private boolean ended;

        private Row(CompletionRequest request, SamplingOptions options) {
            this.request = request;
            this.random = new SplittableRandom(request.seed());
            this.tokens = new int[options.maxNewTokens()];
            this.logProbs = new float[options.maxNewTokens()];
            this.versions = new long[options.maxNewTokens()];
        }

        /** Uniform in [0, 1), with the 24 bits that a float holds exactly. */
        float draw() {
            return random.nextInt(1 << 24) * 0x1p-24f;
        }

        void add(int token, float logProb, long version) {
            if (!ended) {
                tokens[length] = token;
                logProbs[length] = logProb;
                versions[length] = version;
                length++;
            }
        }

        private boolean ended(int eos) {
            ended = ended || tokens[length - 1] == eos;
            return ended;
        }

        private Completion completion(int eos) {
            List<VersionRun> runs = new ArrayList<>();
            int start = 0;
            for (int i = 1; i <= length; i++) {
                if (i == length || versions[i] != versions[start]) {
                    runs.add(new VersionRun(versions[start], i - start));
                    start = i;
                }
            }
            return new Completion(
                    Arrays.copyOf(tokens, length), Arrays.copyOf(logProbs, length), runs, tokens[length - 1] == eos);
        }
    }
}
