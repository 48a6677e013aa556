package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;

/**
 * Divides all frequencies by the same number. Linear scaling (arXiv 2306.15595, eq. 4) divides by its factor. Dynamic
 * scaling changes nothing up to {@code max_position_embeddings}, and longer sequences are rejected.
 */
record UniformScaling(String type, double factor) implements RopeScaling {

    /** Leaves the frequencies as they are. */
    static final RopeScaling NONE = new UniformScaling("default", 1);

    @Override
    public double[] scale(double[] frequencies, double theta) {
        return type.equals("linear")
                ? Arrays.stream(frequencies)
                        .map(frequency -> frequency / factor)
                        .toArray()
                : frequencies;
    }

    @Override
    public void write(ObjectNode json) {
        json.put("rope_type", type);
        json.put("factor", factor);
    }
}
