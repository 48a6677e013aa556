package dev.krpo.policy;

import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.Weights;
import dev.krpo.policy.family.ModelConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Compares the tensors of a checkpoint with the parameters of the model that its configuration describes. */
final class ParameterShapes {

    /** Constants that older versions of transformers saved, computed here from the configuration. */
    private static final Pattern CONSTANT =
            Pattern.compile("model\\.(layers\\.\\d+\\.self_attn\\.)?rotary_emb\\.inv_freq");

    private ParameterShapes() {}

    /** @throws CheckpointException listing every tensor that is missing, unknown, or of another shape */
    static void check(ModelConfig config, Weights weights) {
        Map<String, long[]> actual = weights.shapes();
        Map<String, long[]> required = config.parameterShapes();
        List<String> problems = new ArrayList<>();
        required.forEach((name, shape) -> {
            if (!actual.containsKey(name)) {
                problems.add("tensor " + name + " is missing; config.json requires shape " + Arrays.toString(shape));
            } else if (!Arrays.equals(shape, actual.get(name))) {
                problems.add("tensor " + name + " has shape " + Arrays.toString(actual.get(name))
                        + "; config.json requires " + Arrays.toString(shape));
            }
        });
        for (String name : actual.keySet()) {
            if (!required.containsKey(name) && !harmless(name, config)) {
                problems.add("tensor " + name + " is not in this model; config.json does not match the weights");
            }
        }
        if (!problems.isEmpty()) {
            throw new CheckpointException(weights.origin() + ": " + String.join("\n  ", problems));
        }
    }

    /** True if the model is the same without this tensor. */
    private static boolean harmless(String name, ModelConfig config) {
        return CONSTANT.matcher(name).matches() || (config.tiedEmbeddings() && name.equals("lm_head.weight"));
    }
}
