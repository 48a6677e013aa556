package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumSet;
import java.util.Set;

/** Llama 1 to 3, and models of the same shape, such as SmolLM2. */
public final class LlamaFamily implements ModelFamily {

    static final String NAME = "llama";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "Llama 1 to 3, SmolLM2";
    }

    @Override
    public ModelConfig read(ConfigJson json) {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        if (json.flag("attention_bias", false)) {
            features.add(Feature.QUERY_KEY_VALUE_BIAS);
            features.add(Feature.ATTENTION_OUTPUT_BIAS);
        }
        if (json.flag("mlp_bias", false)) {
            features.add(Feature.MLP_BIAS);
        }
        return json.decoder(NAME, features);
    }

    @Override
    public void write(ModelConfig config, ObjectNode json) {
        ConfigJson.write(config, "LlamaForCausalLM", json);
        json.put("attention_bias", config.has(Feature.ATTENTION_OUTPUT_BIAS));
        json.put("mlp_bias", config.has(Feature.MLP_BIAS));
    }
}
