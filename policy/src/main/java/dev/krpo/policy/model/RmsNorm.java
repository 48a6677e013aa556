package dev.krpo.policy.model;

import ai.djl.ndarray.NDArray;

/** Root-mean-square layer normalisation (arXiv 1910.07467, eq. 4): {@code x / sqrt(mean(x^2) + eps) * weight}. */
record RmsNorm(double eps) {

    /**
     * @param x {@code [..., hidden]}
     * @param weight {@code [hidden]}
     */
    NDArray apply(NDArray x, NDArray weight) {
        NDArray rms = x.square().mean(new int[] {-1}, true).add(eps).sqrt();
        return x.div(rms).mul(weight);
    }
}
