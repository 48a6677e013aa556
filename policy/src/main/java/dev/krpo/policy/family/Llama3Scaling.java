package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;

/**
 * The scaling of Llama 3.1 and 3.2: short waves are kept, long waves are stretched by the factor, and those between are
 * interpolated. From {@code _compute_llama3_parameters} of transformers.
 *
 * @param factor of the longest waves
 * @param lowFrequencyFactor waves longer than originalPositions over this are stretched fully
 * @param highFrequencyFactor waves shorter than originalPositions over this are kept
 * @param originalPositions context length of the pre-training, in tokens
 */
record Llama3Scaling(double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalPositions)
        implements RopeScaling {

    static final String NAME = "llama3";

    static Llama3Scaling read(ConfigJson json, double factor, int originalPositions) {
        double low = json.number("low_freq_factor");
        double high = json.number("high_freq_factor");
        if (!(high > low)) {
            throw json.wrong("high_freq_factor", "more than low_freq_factor " + low + " is needed");
        }
        return new Llama3Scaling(factor, low, high, originalPositions);
    }

    @Override
    public double[] scale(double[] frequencies, double theta) {
        return Arrays.stream(frequencies).map(this::scale).toArray();
    }

    private double scale(double frequency) {
        double waves = originalPositions * frequency / (2 * Math.PI);
        double kept = (waves - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
        double share = Math.min(1, Math.max(0, kept));
        return (1 - share) * frequency / factor + share * frequency;
    }

    @Override
    public void write(ObjectNode json) {
        json.put("rope_type", NAME);
        json.put("factor", factor);
        json.put("low_freq_factor", lowFrequencyFactor);
        json.put("high_freq_factor", highFrequencyFactor);
        json.put(ORIGINAL_POSITIONS, originalPositions);
    }
}
