package dev.krpo.trainer.learner;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import dev.krpo.policy.LogProbs;
import dev.krpo.policy.Policy;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.HostTensor;
import dev.krpo.trainer.loss.PolicyLoss;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes optimizer steps on a policy. It knows sequences with advantages, and nothing of where they came from. One thread uses
 * it, and one learner steps at a time in a process, because DJL has one gradient collector.
 */
public final class Learner implements AutoCloseable {

    private final Policy policy;
    private final Policy reference;
    private final LearnerOptions options;
    private final NDManager optimizerManager;
    private final Map<String, NDArray> parameters;
    private final AdamW optimizer;
    private long step;

    /**
     * @param policy changed in place; closed with the learner
     * @param reference frozen, for the KL penalty; null when its coefficient is 0
     */
    public Learner(Policy policy, Policy reference, LearnerOptions options) {
        if (options.klCoefficient() > 0 && reference == null) {
            throw new IllegalArgumentException(
                    "klCoefficient is " + options.klCoefficient() + " and needs a reference");
        }
        this.policy = policy;
        this.reference = reference;
        this.options = options;
        this.parameters = policy.parameters();
        this.optimizerManager = policy.manager().newSubManager();
        this.optimizer = new AdamW(
                optimizerManager,
                parameters,
                options.beta1(),
                options.beta2(),
                options.epsilon(),
                options.weightDecay());
        parameters.values().forEach(parameter -> parameter.setRequiresGradient(true));
    }

    /**
     * Goes on from a checkpoint, to the same bits that the learner which wrote it would have come to.
     *
     * @param stepsTaken before the checkpoint was written
     * @param reference see {@link #Learner}
     */
    public static Learner resume(
            CheckpointContents checkpoint, long stepsTaken, Device device, Policy reference, LearnerOptions options) {
        Policy policy = Policy.of(checkpoint.config(), checkpoint.tokenizer(), checkpoint.weights(), device);
        Learner learner = new Learner(policy, reference, options);
        learner.restore(checkpoint.optimizer(), stepsTaken);
        return learner;
    }

    /** Goes on where another learner stopped. */
    public void restore(Map<String, HostTensor> optimizerState, long stepsTaken) {
        if (!optimizerState.isEmpty()) {
            optimizer.restore(optimizerState);
        }
        step = stepsTaken;
    }

    /** Policy-gradient step with importance ratios against the behaviour log-probs. */
    public StepStatistics step(List<TrainingSequence> sequences) {
        return step(sequences, this::policyGradient);
    }

    /** Supervised step: mean cross entropy of the completion tokens; advantages and behaviour log-probs are not used. */
    public StepStatistics imitate(List<TrainingSequence> sequences) {
        return step(sequences, (batch, logProbs) -> {
            NDArray loss = options.aggregation().apply(logProbs.neg(), batch.mask());
            return new Losses(
                    loss, loss, null, logProbs.sub(batch.behaviourLogProbs()).exp());
        });
    }

    private StepStatistics step(List<TrainingSequence> sequences, Objective objective) {
        step++;
        double learningRate = options.learningRateAt(step);
        // Grad mode is a property of the thread; in-place updates of parameters need it off.
        JniUtils.setGradMode(false);
        try (NDManager scratch = policy.manager().newSubManager()) {
            Batch batch = Batch.of(scratch, sequences, policy.tokenizer().padId());
            double[] numbers;
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                Losses losses = objective.of(batch, logProbs(policy, batch));
                collector.backward(losses.total());
                numbers = numbers(batch, losses);
            }
            JniUtils.setGradMode(false);
            double gradientNorm = update(scratch, learningRate);
            return new StepStatistics(
                    numbers[0],
                    numbers[1],
                    numbers[2],
                    numbers[3],
                    gradientNorm,
                    numbers[4],
                    numbers[5],
                    learningRate,
                    batch.promptTokens(),
                    batch.completionTokens());
        }
    }

    private Losses policyGradient(Batch batch, NDArray logProbs) {
        NDArray ratio = PolicyLoss.importanceRatio(logProbs.stopGradient(), batch.behaviourLogProbs(), batch.mask());
        NDArray surrogate = options.objective()
                .apply(logProbs, batch.behaviourLogProbs(), batch.advantages(), batch.mask(), options.limits());
        NDArray policyLoss = options.aggregation().apply(surrogate, batch.mask());
        if (options.klCoefficient() == 0) {
            return new Losses(policyLoss, policyLoss, null, ratio);
        }
        NDArray penalty = PolicyLoss.k3(logProbs, logProbs(reference, batch).stopGradient(), batch.mask());
        NDArray kl = options.aggregation().apply(penalty, batch.mask());
        // A scalar times a double would become float64.
        return new Losses(policyLoss.add(kl.mul((float) options.klCoefficient())), policyLoss, kl, ratio);
    }

    private static NDArray logProbs(Policy model, Batch batch) {
        NDArray logits = model.decoder().logits(batch.tokens()).div(batch.temperatures());
        return LogProbs.ofTokens(logits, batch.targets(), 1, 1);
    }

    /** Loss, policy loss, kl, entropy, clip fraction, mean ratio: one transfer from the device. */
    private double[] numbers(Batch batch, Losses losses) {
        NDArray tokens = batch.mask().sum();
        NDArray outside = PolicyLoss.outsideClipRange(
                        losses.ratio(),
                        options.limits().clipLow(),
                        options.limits().clipHigh())
                .toType(batch.mask().getDataType(), false);
        NDList all = new NDList(
                losses.total().stopGradient(),
                losses.policy().stopGradient(),
                losses.kl() == null ? tokens.zerosLike() : losses.kl().stopGradient(),
                batch.behaviourLogProbs().sum().neg().div(tokens),
                outside.mul(batch.mask()).sum().div(tokens),
                losses.ratio().stopGradient().mul(batch.mask()).sum().div(tokens));
        float[] values = NDArrays.stack(all).toFloatArray();
        double[] numbers = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            numbers[i] = values[i];
        }
        return numbers;
    }

    private double update(NDManager scratch, double learningRate) {
        Map<String, NDArray> gradients = new LinkedHashMap<>();
        NDList squares = new NDList();
        parameters.forEach((name, parameter) -> {
            NDArray gradient = parameter.getGradient();
            gradient.attach(scratch);
            gradients.put(name, gradient);
            squares.add(gradient.square().sum());
        });
        double norm = Math.sqrt(NDArrays.stack(squares).sum().getFloat());
        if (!Double.isFinite(norm)) {
            throw new ArithmeticException("the gradient norm is " + norm + " at step " + step
                    + "; lower trainer.learningRate, or look for extreme advantages");
        }
        optimizer.update(gradients, Math.min(1, options.maxGradientNorm() / (norm + 1e-12)), learningRate);
        // The engine adds to gradients, it does not replace them. NDArray.set() would tie them to a Java buffer that
        // dies first.
        gradients.values().forEach(gradient -> gradient.subi(gradient));
        return norm;
    }

    /** The weights, in Java memory. */
    public Map<String, HostTensor> weights() {
        return policy.snapshot();
    }

    /** What {@link #restore} needs, in Java memory. */
    public Map<String, HostTensor> optimizerState() {
        return optimizer.state();
    }

    public Policy policy() {
        return policy;
    }

    @Override
    public void close() {
        optimizerManager.close();
        policy.close();
        if (reference != null) {
            reference.close();
        }
    }

    private interface Objective {
        Losses of(Batch batch, NDArray logProbs);
    }

    private record Losses(NDArray total, NDArray policy, NDArray kl, NDArray ratio) {}
}
