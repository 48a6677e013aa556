package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Stretches rotary frequencies so that a model reads longer sequences than it was pre-trained on. */
public sealed interface RopeScaling permits UniformScaling, Llama3Scaling, YarnScaling {

    /** The name of the original context length, in tokens. */
    String ORIGINAL_POSITIONS = "original_max_position_embeddings";

    /**
     * The stretched frequencies.
     *
     * @param frequencies radians per position of each pair of components, fastest first
     * @param theta base of the frequencies
     */
    double[] scale(double[] frequencies, double theta);

    /** Factor of every rotated query and key. */
    default double attentionFactor() {
        return 1;
    }

    /** Writes the fields that {@link #read} reads. */
    void write(ObjectNode json);

    /** @param maxPositions the original context length where the configuration names none */
    static RopeScaling read(ConfigJson json, int maxPositions) {
        String type = json.text("rope_type", json.text("type", "default"));
        return switch (type) {
            case "default" -> {
                known(json, ORIGINAL_POSITIONS);
                yield UniformScaling.NONE;
            }
            case "linear", "dynamic" -> {
                known(json, "factor", ORIGINAL_POSITIONS);
                yield new UniformScaling(type, factor(json));
            }
            case Llama3Scaling.NAME -> {
                known(json, "factor", "low_freq_factor", "high_freq_factor", ORIGINAL_POSITIONS);
                yield Llama3Scaling.read(json, factor(json), json.count(ORIGINAL_POSITIONS, maxPositions));
            }
            case YarnScaling.NAME -> {
                known(
                        json,
                        "factor",
                        "attention_factor",
                        "beta_fast",
                        "beta_slow",
                        "mscale",
                        "mscale_all_dim",
                        "truncate",
                        "finetuned",
                        ORIGINAL_POSITIONS);
                yield YarnScaling.read(json, factor(json), json.count(ORIGINAL_POSITIONS, maxPositions));
            }
            default ->
                throw json.wrong(
                        json.absent("rope_type") ? "type" : "rope_type",
                        "this decoder supports only default, linear, dynamic, llama3 and yarn");
        };
    }

    private static void known(ConfigJson json, String... fields) {
        Set<String> all = new HashSet<>(List.of("type", "rope_type", "rope_theta", "partial_rotary_factor"));
        all.addAll(List.of(fields));
        json.only(all);
    }

    private static double factor(ConfigJson json) {
        double factor = json.number("factor");
        if (!(factor >= 1)) {
            throw json.wrong("factor", "at least 1 is needed");
        }
        return factor;
    }
}
