package dev.krpo.learner;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;

/**
 * The loss of a batch and the metrics reported with it.
 *
 * @param total the minimised scalar
 * @param policy the part without penalties, a scalar
 * @param kl mean k3 estimate per token, regardless of the loss's KL estimator; null without a reference
 * @param ratio importance ratios, {@code [batch, time]}
 * @param bounded 1 or true for tokens bounded by a limit of the objective, {@code [batch, time]}
 */
record Losses(NDArray total, NDArray policy, NDArray kl, NDArray ratio, NDArray bounded) {

    /** Copies the values to Java memory, in one transfer from the device. */
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
