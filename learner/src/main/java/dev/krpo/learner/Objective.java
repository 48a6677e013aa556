package dev.krpo.learner;

import ai.djl.ndarray.NDArray;
import dev.krpo.learner.penalty.Predictions;
import dev.krpo.policy.LogProbs;
import dev.krpo.policy.Policy;

/** The scalar that a step minimises. */
interface Objective {

    Losses of(Batch batch, Predictions predictions);

    /** The predictions of a model for the targets of a batch, at the temperature that each was sampled at. */
    static Predictions predict(Policy model, Batch batch) {
        NDArray raw = batch.positions() == null
                ? model.logits(batch.tokens())
                : model.logitsAt(batch.tokens(), batch.positions());
        NDArray logits = batch.temperatures() == null ? raw : raw.div(batch.temperatures());
        NDArray distribution = LogProbs.distribution(logits, 1, 1);
        return new Predictions(LogProbs.ofTokens(distribution, batch.targets()), distribution);
    }
}
