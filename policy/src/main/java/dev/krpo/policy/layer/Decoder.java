package dev.krpo.policy.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import dev.krpo.policy.family.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A decoder-only transformer in the Llama shape: embedding, layers, final norm, output projection; parameters carry
 * their Hugging Face names. Every result belongs to the manager of the tokens it came from.
 */
public final class Decoder {

    private final ModelConfig config;
    private final RotaryTable rotary;
    private final List<DecoderLayer> layers = new ArrayList<>();
    private final Supplier<FusedLayers> makeFused;
    /** Made when first used: only a trainer needs it. */
    private FusedLayers fused;

    private final NDArray embedding;
    private final RmsNorm norm;
    private final Linear projection;

    /** Allocates its constants from the manager and uses the weights (by Hugging Face name) without copying them. */
    public Decoder(NDManager manager, ModelConfig config, Map<String, NDArray> weights) {
        this.config = config;
        rotary = new RotaryTable(manager, config);
        NDArray epsilon = manager.create((float) config.rmsNormEps());
        embedding = weights.get("model.embed_tokens.weight");
        for (int index = 0; index < config.layers(); index++) {
            layers.add(new DecoderLayer(config, index, weights, epsilon));
        }
        makeFused = () -> new FusedLayers(manager, config, weights, epsilon);
        norm = new RmsNorm(weights.get("model.norm.weight"), epsilon);
        projection = config.tiedEmbeddings() ? new Linear(embedding, null) : Linear.of(weights, "lm_head");
    }

    /**
     * Processes the whole sequence at once, for training. Padding is on the right, where the causal mask hides it.
     *
     * @param tokens int64 {@code [batch, time]}
     * @return float32 {@code [batch, time, vocabulary]}
     * @throws IllegalArgumentException if the shape is wrong or time exceeds max_position_embeddings
     */
    public NDArray logits(NDArray tokens) {
        long time = checkedTime(tokens);
        return project(hidden(tokens, ForwardPass.wholeSequence(tokens.getManager(), rotary, time)));
    }

    /**
     * Processes whole sequences at once, for training, and computes logits at some positions only: at a vocabulary of
     * 50,000 and more, those of all positions cost more memory than the layers.
     *
     * @param tokens int64 {@code [batch, time]}, right-padded
     * @param positions int64 {@code [batch, columns]}: indices into the rows of {@code [batch * time]}
     * @return float32 {@code [batch, columns, vocabulary]}; equal to {@link #logits} up to rounding
     * @throws IllegalArgumentException if the shape is wrong or time exceeds max_position_embeddings
     */
    public NDArray logitsAt(NDArray tokens, NDArray positions) {
        if (fused == null) {
            fused = makeFused.get();
        }
        NDArray hidden = fused.forward(embedded(tokens), rotary.first(tokens.getManager(), checkedTime(tokens)));
        NDArray rows = hidden.reshape(-1, config.hiddenSize());
        return project(positions
                .getNDArrayInternal()
                .embedding(positions, rows, SparseFormat.DENSE)
                .singletonOrThrow());
    }

    private long checkedTime(NDArray tokens) {
        Shape shape = tokens.getShape();
        if (shape.dimension() != 2 || tokens.getDataType() != DataType.INT64) {
            throw new IllegalArgumentException(
                    "tokens are " + tokens.getDataType() + " " + shape + "; int64 [batch, time] is needed");
        }
        long time = shape.get(1);
        if (time > config.maxPositions()) {
            throw new IllegalArgumentException(
                    "time is " + time + " tokens; max_position_embeddings is " + config.maxPositions());
        }
        return time;
    }

    /**
     * One decode step: reads the next columns into the cache. The first call reads the prompts, left-padded.
     *
     * @param tokens int64 {@code [batch, time]}
     * @return float32 {@code [batch, vocabulary]}: logits after the last column
     */
    public NDArray next(NDArray tokens, KeyValueCache cache) {
        long time = tokens.getShape().get(1);
        NDArray hidden = hidden(tokens, cache.pass(tokens.getManager(), time));
        cache.advance(time);
        return project(hidden).squeeze(1);
    }

    private NDArray project(NDArray hidden) {
        return projection.apply(norm.apply(hidden));
    }

    private NDArray hidden(NDArray tokens, ForwardPass pass) {
        NDArray x = embedded(tokens);
        for (DecoderLayer layer : layers) {
            x = layer.forward(x, pass);
        }
        return x;
    }

    private NDArray embedded(NDArray tokens) {
        return tokens.getNDArrayInternal()
                .embedding(tokens, embedding, SparseFormat.DENSE)
                .singletonOrThrow();
    }

    ModelConfig config() {
        return config;
    }

    RotaryTable rotary() {
        return rotary;
    }
}
