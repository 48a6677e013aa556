package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumSet;

/** Qwen2 and Qwen2.5: Llama with biases of the query, key and value projections. */
public final class Qwen2Family implements ModelFamily {

    private static final String NAME = "qwen2";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "Qwen2 and Qwen2.5";
    }

    @Override
    public ModelConfig read(ConfigJson json) {
        json.only("use_sliding_window", "false");
        json.required("num_key_value_heads");
        return json.decoder(NAME, EnumSet.of(Feature.QUERY_KEY_VALUE_BIAS));
    }

    @Override
    public void write(ModelConfig config, ObjectNode json) {
        ConfigJson.write(config, "Qwen2ForCausalLM", json);
        json.put("use_sliding_window", false);
    }
}
