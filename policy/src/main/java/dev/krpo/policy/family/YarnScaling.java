package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * YaRN (arXiv 2309.00071, sections 3.2 and 3.4): fast components are kept, slow ones are stretched by the factor, and
 * queries and keys are sharpened. Bounds and defaults as in {@code _compute_yarn_parameters} of transformers.
 *
 * @param factor of the slowest components
 * @param attentionFactor of every rotated query and key
 * @param betaFast components with at least this many rotations over the original context are kept
 * @param betaSlow components with at most this many rotations are stretched fully
 * @param truncate true to round both bounds outwards to whole components
 * @param originalPositions context length of the pre-training, in tokens
 */
record YarnScaling(
        double factor,
        double attentionFactor,
        double betaFast,
        double betaSlow,
        boolean truncate,
        int originalPositions)
        implements RopeScaling {

    static final String NAME = "yarn";

    static YarnScaling read(ConfigJson json, double factor, int originalPositions) {
        double scale = json.number("mscale", 0);
        double scaleAll = json.number("mscale_all_dim", 0);
        double byDefault = scale != 0 && scaleAll != 0
                ? sharpening(factor, scale) / sharpening(factor, scaleAll)
                : sharpening(factor, 1);
        return new YarnScaling(
                factor,
                json.number("attention_factor", byDefault),
                json.number("beta_fast", 32),
                json.number("beta_slow", 1),
                json.flag("truncate", true),
                originalPositions);
    }

    /** Eq. 22 of the paper. */
    private static double sharpening(double factor, double scale) {
        return 0.1 * scale * Math.log(factor) + 1;
    }

    @Override
    public double[] scale(double[] frequencies, double theta) {
        double low = component(betaFast, frequencies.length, theta);
        double high = component(betaSlow, frequencies.length, theta);
        double from = Math.max(truncate ? Math.floor(low) : low, 0);
        double to = Math.min(truncate ? Math.ceil(high) : high, 2 * frequencies.length - 1);
        double width = from == to ? 0.001 : to - from;
        double[] scaled = new double[frequencies.length];
        for (int i = 0; i < scaled.length; i++) {
            double share = Math.min(1, Math.max(0, (i - from) / width));
            scaled[i] = share * frequencies[i] / factor + (1 - share) * frequencies[i];
        }
        return scaled;
    }

    /** The component that rotates this often over the original context. */
    private double component(double rotations, int components, double theta) {
        return components * Math.log(originalPositions / (rotations * 2 * Math.PI)) / Math.log(theta);
    }

    @Override
    public void write(ObjectNode json) {
        json.put("rope_type", NAME);
        json.put("factor", factor);
        // Some programs do not know this field and compute the default.
        if (attentionFactor != sharpening(factor, 1)) {
            json.put("attention_factor", attentionFactor);
        }
        json.put("beta_fast", betaFast);
        json.put("beta_slow", betaSlow);
        json.put("truncate", truncate);
        json.put(ORIGINAL_POSITIONS, originalPositions);
    }
}
