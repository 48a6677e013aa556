package dev.krpo.learner;

import ai.djl.ndarray.NDArray;
import dev.krpo.learner.aggregate.TokenMean;
import dev.krpo.learner.loss.LossInput;
import dev.krpo.learner.loss.TokenLosses;
import dev.krpo.learner.penalty.Entropy;
import dev.krpo.learner.penalty.K3;
import dev.krpo.learner.penalty.Predictions;
import dev.krpo.policy.Policy;

/**
 * The policy loss, plus a KL penalty against a reference, minus an entropy bonus.
 *
 * @param reference frozen; null when the KL coefficient is 0
 */
record PolicyGradient(LossOptions options, Policy reference) implements Objective {

    @Override
    public Losses of(Batch batch, Predictions predictions) {
        LossInput input = LossInput.of(
                predictions.logProbs(),
                batch.behaviourLogProbs(),
                batch.advantages(),
                batch.mask(),
                options.maxLogRatio());
        TokenLosses tokens = options.policyLoss().apply(input);
        NDArray policyLoss = options.aggregation().apply(tokens.loss(), batch.mask());
        NDArray total = policyLoss;
        NDArray kl = null;
        // Multiplying a scalar by a double would produce float64.
        if (options.klCoefficient() > 0) {
            Predictions base = Objective.predict(reference, batch).stopGradient();
            NDArray penalty = options.klEstimator().apply(predictions, base, batch.mask());
            total = total.add(options.aggregation().apply(penalty, batch.mask()).mul((float) options.klCoefficient()));
            NDArray k3 = new K3().apply(predictions.stopGradient(), base, batch.mask());
            kl = new TokenMean().apply(k3, batch.mask());
        }
        if (options.entropyCoefficient() > 0) {
            NDArray entropy = Entropy.of(predictions.distribution());
            total = total.sub(
                    options.aggregation().apply(entropy, batch.mask()).mul((float) options.entropyCoefficient()));
        }
        return new Losses(total, policyLoss, kl, input.ratio(), tokens.bounded());
    }
}
