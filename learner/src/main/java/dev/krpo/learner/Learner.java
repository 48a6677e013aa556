package dev.krpo.learner;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import dev.krpo.learner.loss.Entropy;
import dev.krpo.learner.loss.KlEstimator;
import dev.krpo.learner.loss.LossInput;
import dev.krpo.learner.loss.Predictions;
import dev.krpo.learner.loss.TokenLosses;
import dev.krpo.learner.loss.TokenMean;
import dev.krpo.policy.LogProbs;
import dev.krpo.policy.Policy;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.checkpoint.HostTensor;
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
        if (options.loss().klCoefficient() > 0 && reference == null) {
            throw new IllegalArgumentException(
                    "klCoefficient is " + options.loss().klCoefficient() + " and needs a reference");
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

    /**
     * Goes on where another learner stopped.
     *
     * @param optimizerState may be empty before the first step only
     * @throws CheckpointException if the optimizer state is missing, incomplete, or of another model
     */
    public void restore(Map<String, HostTensor> optimizerState, long stepsTaken) {
        if (optimizerState.isEmpty() && stepsTaken > 0) {
            throw new CheckpointException("there is no optimizer state (" + DirectoryCheckpointStore.OPTIMIZER
                    + ", and its hash in krpo.json) although " + stepsTaken + " steps were taken");
        }
        if (!optimizerState.isEmpty()) {
            optimizer.restore(optimizerState);
        }
        step = stepsTaken;
    }

    /**
     * Policy-gradient step with importance ratios against the behaviour log-probs.
     *
     * @throws FailedStepException if these sequences give no finite gradient, or none that fits into memory; nothing has changed then
     */
    public StepStatistics step(List<TrainingSequence> sequences) {
        return step(sequences, this::policyGradient);
    }

    /** Supervised step: mean cross entropy of the completion tokens; advantages and behaviour log-probs are not used. */
    public StepStatistics imitate(List<TrainingSequence> sequences) {
        return step(sequences, (batch, predictions) -> {
            NDArray logProbs = predictions.logProbs();
            NDArray loss = options.loss().aggregation().apply(logProbs.neg(), batch.mask());
            NDArray ratio = logProbs.sub(batch.behaviourLogProbs()).exp();
            return new Losses(loss, loss, null, ratio, ratio.lt(0));
        });
    }

    /**
     * The gradient that {@link #step} would take, before its norm is bounded; nothing is updated.
     *
     * @return all parameters one after the other
     */
    public float[] gradient(List<TrainingSequence> sequences) {
        try (NDManager scratch = policy.manager().newSubManager()) {
            differentiate(scratch, sequences, this::policyGradient);
            Map<String, NDArray> gradients = gradients(scratch);
            NDList flat = new NDList();
            gradients.values().forEach(gradient -> flat.add(gradient.flatten()));
            return NDArrays.concat(flat).toFloatArray();
        } finally {
            clearGradients();
        }
    }

    /**
     * Does what {@link #step} does before the update, and changes nothing.
     *
     * @throws FailedStepException if the step would throw it
     */
    public void rehearse(List<TrainingSequence> sequences) {
        try (NDManager scratch = policy.manager().newSubManager()) {
            attempt(scratch, sequences, this::policyGradient);
        } finally {
            clearGradients();
        }
    }

    private StepStatistics step(List<TrainingSequence> sequences, Objective objective) {
        double learningRate = options.learningRateAt(step + 1);
        try (NDManager scratch = policy.manager().newSubManager()) {
            Attempt attempt = attempt(scratch, sequences, objective);
            double norm = attempt.gradientNorm();
            optimizer.update(
                    attempt.gradients(), Math.min(1, options.maxGradientNorm() / (norm + 1e-12)), learningRate);
            step++;
            double[] numbers = attempt.loss().numbers();
            return new StepStatistics(
                    numbers[0],
                    numbers[1],
                    numbers[2],
                    numbers[3],
                    norm,
                    numbers[4],
                    numbers[5],
                    learningRate,
                    attempt.loss().batch().promptTokens(),
                    attempt.loss().batch().completionTokens());
        } finally {
            clearGradients();
        }
    }

    /** Everything of a step that its sequences decide. What may fail because of them fails here, before anything is updated. */
    private Attempt attempt(NDManager scratch, List<TrainingSequence> sequences, Objective objective) {
        Differentiated loss;
        Map<String, NDArray> gradients;
        double norm;
        try {
            loss = differentiate(scratch, sequences, objective);
            gradients = gradients(scratch);
            norm = norm(gradients);
        } catch (RuntimeException | OutOfMemoryError e) {
            throw FailedStepException.because(e);
        }
        if (!Double.isFinite(norm) || !Double.isFinite(loss.numbers()[0])) {
            throw FailedStepException.notFinite("the gradient norm is " + norm + " and the loss " + loss.numbers()[0]
                    + " at step " + (step + 1) + "; lower trainer.learningRate, or look for extreme advantages");
        }
        return new Attempt(loss, gradients, norm);
    }

    /** Leaves the gradient in the parameters. */
    private Differentiated differentiate(NDManager scratch, List<TrainingSequence> sequences, Objective objective) {
        // Grad mode is a property of the thread; in-place updates of parameters need it off.
        JniUtils.setGradMode(false);
        Batch batch = Batch.of(
                scratch, sequences, policy.tokenizer().padId(), options.loss().normalization());
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            Losses losses = objective.of(batch, predict(policy, batch));
            collector.backward(losses.total());
            return new Differentiated(batch, numbers(batch, losses));
        } finally {
            JniUtils.setGradMode(false);
        }
    }

    private Losses policyGradient(Batch batch, Predictions predictions) {
        LossOptions loss = options.loss();
        LossInput input = LossInput.of(
                predictions.logProbs(),
                batch.behaviourLogProbs(),
                batch.advantages(),
                batch.mask(),
                loss.limits().maxLogRatio());
        TokenLosses tokens = loss.objective().apply(input, loss.limits());
        NDArray policyLoss = loss.aggregation().apply(tokens.loss(), batch.mask());
        NDArray total = policyLoss;
        NDArray kl = null;
        // A scalar times a double would become float64.
        if (loss.klCoefficient() > 0) {
            Predictions base = predict(reference, batch).stopGradient();
            NDArray penalty = loss.klEstimator().apply(predictions, base, batch.mask());
            total = total.add(loss.aggregation().apply(penalty, batch.mask()).mul((float) loss.klCoefficient()));
            NDArray k3 = KlEstimator.K3.apply(predictions.stopGradient(), base, batch.mask());
            kl = new TokenMean().apply(k3, batch.mask());
        }
        if (loss.entropyCoefficient() > 0) {
            NDArray entropy = Entropy.of(predictions.distribution());
            total = total.sub(loss.aggregation().apply(entropy, batch.mask()).mul((float) loss.entropyCoefficient()));
        }
        return new Losses(total, policyLoss, kl, input.ratio(), tokens.bounded());
    }

    private static Predictions predict(Policy model, Batch batch) {
        NDArray logits = model.decoder().logits(batch.tokens()).div(batch.temperatures());
        NDArray distribution = LogProbs.distribution(logits, 1, 1);
        return new Predictions(LogProbs.ofTokens(distribution, batch.targets()), distribution);
    }

    /** Loss, policy loss, kl, entropy, clip fraction, mean ratio: one transfer from the device. */
    private double[] numbers(Batch batch, Losses losses) {
        NDArray tokens = batch.mask().sum();
        NDArray bounded = losses.bounded().toType(batch.mask().getDataType(), false);
        NDList all = new NDList(
                losses.total().stopGradient(),
                losses.policy().stopGradient(),
                losses.kl() == null ? tokens.zerosLike() : losses.kl().stopGradient(),
                batch.behaviourLogProbs().sum().neg().div(tokens),
                bounded.mul(batch.mask()).sum().div(tokens),
                losses.ratio().stopGradient().mul(batch.mask()).sum().div(tokens));
        float[] values = NDArrays.stack(all).toFloatArray();
        double[] numbers = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            numbers[i] = values[i];
        }
        return numbers;
    }

    private static double norm(Map<String, NDArray> gradients) {
        NDList squares = new NDList();
        gradients.values().forEach(gradient -> squares.add(gradient.square().sum()));
        return Math.sqrt(NDArrays.stack(squares).sum().getFloat());
    }

    private Map<String, NDArray> gradients(NDManager scratch) {
        Map<String, NDArray> gradients = new LinkedHashMap<>();
        parameters.forEach((name, parameter) -> {
            NDArray gradient = parameter.getGradient();
            gradient.attach(scratch);
            gradients.put(name, gradient);
        });
        return gradients;
    }

    /** The engine adds to gradients, it does not replace them. NDArray.set() would tie them to a Java buffer that dies first. */
    private void clearGradients() {
        // Subtracting them from themselves would keep those that are no numbers.
        parameters.values().forEach(parameter -> JniUtils.zeroGrad((PtNDArray) parameter));
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
        Losses of(Batch batch, Predictions predictions);
    }

    private record Differentiated(Batch batch, double[] numbers) {}

    /** @param gradients by name of the parameter, before their norm is bounded */
    private record Attempt(Differentiated loss, Map<String, NDArray> gradients, double gradientNorm) {}

    /**
     * @param kl mean k3 estimate per token, whatever the loss penalises; null without a reference
     * @param bounded tokens that a limit of the objective bounds
     */
    private record Losses(NDArray total, NDArray policy, NDArray kl, NDArray ratio, NDArray bounded) {}
}
