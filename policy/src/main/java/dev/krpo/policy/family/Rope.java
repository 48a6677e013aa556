package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Rotary position embedding (RoFormer, arXiv 2104.09864, eq. 15).
 *
 * @param theta base of the frequencies
 * @param scaling how the frequencies are stretched
 */
public record Rope(double theta, RopeScaling scaling) {

    private static final String OLD = "rope_scaling";
    private static final String NEW = "rope_parameters";

    /** Radians per position of each pair of components, fastest first. */
    public double[] frequencies(int headSize) {
        double[] frequencies = new double[headSize / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = Math.pow(theta, -2.0 * i / headSize);
        }
        return scaling.scale(frequencies, theta);
    }

    /**
     * Reads the fields of transformers 4 ({@code rope_theta}, {@code rope_scaling}) and 5 ({@code rope_parameters}).
     */
    static Rope read(ConfigJson json) {
        ConfigJson fields = json.object(json.absent(OLD) ? NEW : OLD);
        double theta = fields.number("rope_theta", json.number("rope_theta", 10_000));
        wholeHead(json);
        wholeHead(fields);
        return new Rope(theta, RopeScaling.read(fields, json.count("max_position_embeddings")));
    }

    private static void wholeHead(ConfigJson json) {
        if (json.number("partial_rotary_factor", 1) != 1) {
            throw json.wrong("partial_rotary_factor", "this decoder supports only 1");
        }
    }

    void write(ObjectNode json) {
        json.put("rope_theta", theta);
        if (!scaling.equals(UniformScaling.NONE)) {
            scaling.write(json.putObject(OLD));
        }
    }

    /** True for the fields whose content {@link #write} writes under its own names. */
    static boolean reads(String field) {
        return field.equals(OLD) || field.equals(NEW);
    }
}
