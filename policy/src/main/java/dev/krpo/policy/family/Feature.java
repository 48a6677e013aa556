package dev.krpo.policy.family;

/** An optional part of a decoder layer. */
public enum Feature {
    /** Biases of the query, key and value projections. */
    QUERY_KEY_VALUE_BIAS,
    /** A bias of the attention's output projection. */
    ATTENTION_OUTPUT_BIAS,
    /** Biases of the three SwiGLU projections. */
    MLP_BIAS,
    /** RMSNorm of every query head and key head, before the rotation. */
    QUERY_KEY_NORM
}
