package dev.krpo.learner;

import ai.djl.ndarray.NDArray;
import dev.krpo.learner.penalty.Predictions;

/** Cross entropy of the completion tokens. */
record Imitation(LossOptions options) implements Objective {

    @Override
    public Losses of(Batch batch, Predictions predictions) {
        NDArray logProbs = predictions.logProbs();
        NDArray loss = options.aggregation().apply(logProbs.neg(), batch.mask());
        NDArray ratio = logProbs.sub(batch.behaviourLogProbs()).exp();
        return new Losses(loss, loss, null, ratio, logProbs.zerosLike());
    }
}
