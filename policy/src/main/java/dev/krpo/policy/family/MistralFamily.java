package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumSet;

/** Mistral (arXiv 2310.06825) with full attention: Llama, for sequences that fit into the sliding window. */
public final class MistralFamily implements ModelFamily {

    private static final String NAME = "mistral";
    private static final String WINDOW = "sliding_window";
    /** Of transformers, where the field is absent; null means no window. */
    private static final int DEFAULT_WINDOW = 4096;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "Mistral 7B";
    }

    @Override
    public ModelConfig read(ConfigJson json) {
        json.required("num_key_value_heads");
        ModelConfig config = json.decoder(NAME, EnumSet.noneOf(Feature.class));
        boolean windowed = !json.isNull(WINDOW);
        int window = windowed ? json.count(WINDOW, DEFAULT_WINDOW) : 0;
        if (windowed && window < config.maxPositions()) {
            throw new IllegalArgumentException(WINDOW + " is " + window + ", fewer than the "
                    + config.maxPositions() + " of max_position_embeddings; only full attention is supported, so set"
                    + " max_position_embeddings to " + window
                    + ": no sequence is longer then, and the window changes nothing");
        }
        return config;
    }

    @Override
    public void write(ModelConfig config, ObjectNode json) {
        ConfigJson.write(config, "MistralForCausalLM", json);
        json.putNull(WINDOW);
    }
}
