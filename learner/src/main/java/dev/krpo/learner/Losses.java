package dev.krpo.learner;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;

/**
 * The loss of a batch and the quantities that are reported beside it.
 *
 * @param total minimised, a scalar
 * @param policy the part without penalties, a scalar
 * @param kl mean k3 estimate per token, whatever the loss penalises; null without a reference
 * @param ratio importance ratios, {@code [batch, time]}
 * @param bounded 1 or true for tokens that a limit of the objective bounds, {@code [batch, time]}
 */
record Losses(NDArray total, NDArray policy, NDArray kl, NDArray ratio, NDArray bounded) {

    /** In Java memory, with one transfer from the device. */
    LossValues values(Batch batch) {
        NDArray tokens = batch.mask().sum();
        NDArray boundedTokens = bounded.toType(batch.mask().getDataType(), false);
        NDList all = new NDList(
                total.stopGradient(),
                policy.stopGradient(),
                kl == null ? tokens.zerosLike() : kl.stopGradient(),
                batch.behaviourLogProbs().sum().neg().div(tokens),
                boundedTokens.mul(batch.mask()).sum().div(tokens),
                ratio.stopGradient().mul(batch.mask()).sum().div(tokens));
        float[] values = NDArrays.stack(all).toFloatArray();
        return new LossValues(values[0], values[1], values[2], values[3], values[4], values[5]);
    }
}
