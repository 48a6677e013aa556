package dev.krpo.policy.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A decoder-only transformer in the Llama/Qwen shape; its parameters carry Hugging Face names. Results are attached to
 * the manager of the tokens given, so closing that manager frees a whole forward pass.
 */
public final class Decoder extends AbstractBlock {

    private static final float MASKED = -1e9f;

    private final ModelConfig config;
    private final Map<String, Parameter> byName = new LinkedHashMap<>();
    private final List<DecoderLayer> layers = new ArrayList<>();
    private final RmsNorm norm;
    private final RotaryTable rotary;

    /** @param manager outlives every forward pass */
    public Decoder(NDManager manager, ModelConfig config) {
        this.config = config;
        this.norm = new RmsNorm(config.rmsNormEps());
        this.rotary = new RotaryTable(manager, config);
        for (String name : config.parameterShapes().keySet()) {
            byName.put(
                    name,
                    Parameter.builder()
                            .setName(name)
                            .setType(Parameter.Type.WEIGHT)
                            .build());
        }
        addParameter(byName.get("model.embed_tokens.weight"));
        for (int layer = 0; layer < config.layers(); layer++) {
            layers.add(addChildBlock("layer" + layer, new DecoderLayer(layer, config, byName)));
        }
        addParameter(byName.get("model.norm.weight"));
        if (!config.tiedEmbeddings()) {
            addParameter(byName.get("lm_head.weight"));
        }
    }

    /** Parameters by Hugging Face name, in the order of the forward pass. */
    public Map<String, Parameter> parametersByName() {
        return byName;
    }

    /**
     * The whole sequence at once, as training needs it. Padding stands on the right, where causality hides it.
     *
     * @param tokens int64 {@code [batch, time]}
     * @return float32 {@code [batch, time, vocabulary]}
     * @throws IllegalArgumentException if the shape is wrong or time exceeds max_position_embeddings
     */
    public NDArray logits(NDArray tokens) {
        return project(hidden(tokens, null));
    }

    /**
     * Reads right-padded prompts into {@code cache}.
     *
     * @param prompts int64 {@code [batch, time]}
     * @param last int64 {@code [batch]}, index of each prompt's last token
     * @return float32 {@code [batch, vocabulary]}: logits behind each prompt's last token
     */
    public NDArray prefill(NDArray prompts, NDArray last, KeyValueCache cache) {
        NDArray hidden = hidden(prompts, cache);
        NDArray index = last.reshape(-1, 1, 1)
                .broadcast(hidden.getShape().get(0), 1, hidden.getShape().get(2));
        return project(hidden.gather(index, 1).squeeze(1));
    }

    /**
     * One more token a row.
     *
     * @param tokens int64 {@code [batch]}
     * @param positions int64 {@code [batch]}, position of that token in its row
     * @param mask float32 {@code [batch, 1, 1, keys]}, 0 where a cached key may be seen, very negative where it is padding;
     *     null when all prompts are of one length
     * @return float32 {@code [batch, vocabulary]}
     */
    public NDArray step(NDArray tokens, NDArray positions, NDArray mask, KeyValueCache cache) {
        NDArray x = embed(tokens.expandDims(1));
        RotaryTable.Rotation rotation = rotary.at(positions);
        for (DecoderLayer layer : layers) {
            x = layer.forward(x, rotation, mask, cache);
        }
        return project(norm.apply(x, array("model.norm.weight")).squeeze(1));
    }

    /** The mask value of a key that must not be seen. */
    public static float masked() {
        return MASKED;
    }

    private NDArray hidden(NDArray tokens, KeyValueCache cache) {
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
        RotaryTable.Rotation rotation = rotary.firstPositions(tokens.getManager(), time);
        NDArray mask = causalMask(tokens.getManager(), (int) time);
        NDArray x = embed(tokens);
        for (DecoderLayer layer : layers) {
            x = layer.forward(x, rotation, mask, cache);
        }
        return norm.apply(x, array("model.norm.weight"));
    }

    /** {@code [1, 1, groups * time, time]}. */
    private NDArray causalMask(NDManager manager, int time) {
        int groups = config.heads() / config.keyValueHeads();
        float[] mask = new float[groups * time * time];
        for (int row = 0; row < groups * time; row++) {
            for (int key = row % time + 1; key < time; key++) {
                mask[row * time + key] = MASKED;
            }
        }
        return manager.create(mask, new Shape(1, 1, (long) groups * time, time));
    }

    private NDArray embed(NDArray tokens) {
        return Embedding.embedding(tokens, array("model.embed_tokens.weight"), SparseFormat.DENSE)
                .singletonOrThrow();
    }

    private NDArray project(NDArray hidden) {
        return Linear.linear(hidden, array(config.tiedEmbeddings() ? "model.embed_tokens.weight" : "lm_head.weight"))
                .singletonOrThrow();
    }

    private NDArray array(String name) {
        return byName.get(name).getArray();
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore, NDList inputs, boolean training, PairList<String, Object> params) {
        return new NDList(logits(inputs.singletonOrThrow()));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0].add(config.vocabularySize())};
    }
}
