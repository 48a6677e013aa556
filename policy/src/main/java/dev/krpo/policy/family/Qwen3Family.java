package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumSet;
import java.util.Set;

/** Dense Qwen3 (arXiv 2505.09388, section 2): Llama with norms of the query and key heads. */
public final class Qwen3Family implements ModelFamily {

    private static final String NAME = "qwen3";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "dense Qwen3";
    }

    @Override
    public ModelConfig read(ConfigJson json) {
        json.only("use_sliding_window", "false");
        json.required("num_key_value_heads");
        json.required("head_dim");
        Set<Feature> features = EnumSet.of(Feature.QUERY_KEY_NORM);
        if (json.flag("attention_bias", false)) {
            features.add(Feature.QUERY_KEY_VALUE_BIAS);
            features.add(Feature.ATTENTION_OUTPUT_BIAS);
        }
        return json.decoder(NAME, features);
    }

    @Override
    public void write(ModelConfig config, ObjectNode json) {
        ConfigJson.write(config, "Qwen3ForCausalLM", json);
        json.put("head_dim", config.headSize());
        json.put("attention_bias", config.has(Feature.ATTENTION_OUTPUT_BIAS));
        json.put("use_sliding_window", false);
    }
}
