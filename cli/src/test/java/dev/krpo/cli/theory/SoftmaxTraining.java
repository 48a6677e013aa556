package dev.krpo.cli.theory;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.krpo.estimators.Advantage;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.Observation;
import dev.krpo.estimators.State;
import dev.krpo.learner.loss.ClipRange;
import dev.krpo.learner.loss.ClippedSurrogate;
import dev.krpo.learner.loss.LossInput;
import dev.krpo.learner.loss.PolicyLoss;
import dev.krpo.learner.penalty.KlEstimator;
import dev.krpo.learner.penalty.Predictions;
import dev.krpo.policy.TorchEngine;
import java.util.ArrayList;
import java.util.List;

/**
 * Gradient descent on the logits of a softmax policy over a few answers; the loss is the exact expectation over groups.
 */
final class SoftmaxTraining {

    private static final int LARGE_GROUP = 10_000;
    private static final double STEP = 1;
    private static final int STEPS = 20_000;

    /** The shares in a large group are rounded, so the gradient is too. */
    private static final double CONVERGED = 2e-5;

    private static final PolicyLoss UNCLIPPED = new ClippedSurrogate(
            new ClipRange(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY));

    private final double[] reference;
    private final double[] rewards;

    /** @param rewards of the answers */
    SoftmaxTraining(double[] reference, double[] rewards) {
        this.reference = reference;
        this.rewards = rewards;
    }

    /** A completion of one token in a group, and its probability. */
    private record Row(int answer, double advantage, double weight) {}

    private interface Groups {
        List<Row> under(double[] policy);
    }

    /** All pairs of answers with their probabilities. */
    double[] inPairs(Estimator estimator, KlEstimator kl, double beta) {
        return train(kl, beta, policy -> {
            List<Row> rows = new ArrayList<>();
            for (int first = 0; first < policy.length; first++) {
                for (int second = 0; second < policy.length; second++) {
                    List<Advantage> advantages = estimate(estimator, List.of(observation(first), observation(second)));
                    double weight = policy[first] * policy[second] / 2;
                    rows.add(new Row(first, advantages.get(0).advantage(), weight));
                    rows.add(new Row(second, advantages.get(1).advantage(), weight));
                }
            }
            return rows;
        });
    }

    /** One group large enough for the shares of its answers to equal their probabilities. */
    double[] inLargeGroups(Estimator estimator, KlEstimator kl, double beta) {
        return train(kl, beta, policy -> {
            List<Observation> group = new ArrayList<>();
            int[] firstOf = new int[policy.length];
            for (int answer = 0; answer < policy.length; answer++) {
                firstOf[answer] = group.size();
                for (long i = 0; i < Math.max(1, Math.round(policy[answer] * LARGE_GROUP)); i++) {
                    group.add(observation(answer));
                }
            }
            List<Advantage> advantages = estimate(estimator, group);
            List<Row> rows = new ArrayList<>();
            for (int answer = 0; answer < policy.length; answer++) {
                rows.add(new Row(answer, advantages.get(firstOf[answer]).advantage(), policy[answer]));
            }
            return rows;
        });
    }

    private Observation observation(int answer) {
        return new Observation(rewards[answer], 0);
    }

    private static List<Advantage> estimate(Estimator estimator, List<Observation> group) {
        return estimator.estimate(State.UNSEEN, group).advantages();
    }

    private double[] train(KlEstimator kl, double beta, Groups groups) {
        TorchEngine.configure(1);
        double[] logits = new double[reference.length];
        for (int o = 0; o < logits.length; o++) {
            logits[o] = Math.log(reference[o]);
        }
        double largest = 1;
        for (int step = 0; step < STEPS && largest > CONVERGED; step++) {
            double[] gradient = gradient(logits, groups.under(softmax(logits)), kl, beta);
            largest = 0;
            for (int o = 0; o < logits.length; o++) {
                logits[o] -= STEP * gradient[o];
                largest = Math.max(largest, Math.abs(gradient[o]));
            }
        }
        if (largest > CONVERGED) {
            throw new IllegalStateException("not converged: the largest gradient is " + largest);
        }
        return softmax(logits);
    }

    private double[] gradient(double[] logits, List<Row> rows, KlEstimator kl, double beta) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray parameters = manager.create(logits, new Shape(1, logits.length));
            parameters.setRequiresGradient(true);
            Shape column = new Shape(rows.size(), 1);
            NDArray answers =
                    manager.create(rows.stream().mapToLong(Row::answer).toArray(), column);
            NDArray advantages =
                    manager.create(rows.stream().mapToDouble(Row::advantage).toArray(), column);
            NDArray weights =
                    manager.create(rows.stream().mapToDouble(Row::weight).toArray(), column);
            NDArray mask = weights.onesLike();
            double[] logReference = new double[reference.length];
            for (int o = 0; o < logReference.length; o++) {
                logReference[o] = Math.log(reference[o]);
            }
            Predictions base = predictions(manager.create(logReference, new Shape(1, logReference.length)), answers);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                Predictions policy = predictions(parameters.logSoftmax(1), answers);
                NDArray behaviour = policy.logProbs().stopGradient();
                NDArray surrogate = UNCLIPPED
                        .apply(LossInput.of(policy.logProbs(), behaviour, advantages, mask, Double.POSITIVE_INFINITY))
                        .loss();
                NDArray penalty = kl.apply(policy, base, mask).mul(beta);
                collector.backward(surrogate.add(penalty).mul(weights).sum());
            }
            return parameters.getGradient().toDoubleArray();
        }
    }

    /** The same distribution in every row; each row is a completion of one token. */
    private static Predictions predictions(NDArray logProbs, NDArray answers) {
        NDArray everyRow = logProbs.repeat(0, answers.getShape().get(0));
        return new Predictions(everyRow.gather(answers, 1), everyRow.expandDims(1));
    }

    private static double[] softmax(double[] logits) {
        double sum = 0;
        double[] policy = new double[logits.length];
        for (int o = 0; o < policy.length; o++) {
            policy[o] = Math.exp(logits[o]);
            sum += policy[o];
        }
        for (int o = 0; o < policy.length; o++) {
            policy[o] /= sum;
        }
        return policy;
    }
}
