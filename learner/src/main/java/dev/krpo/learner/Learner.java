package dev.krpo.learner;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import dev.krpo.policy.Policy;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.checkpoint.HostTensor;
import java.util.List;
import java.util.Map;

/**
 * Takes optimizer steps on a policy. It works on sequences with advantages, regardless of their origin. Not
 * thread-safe; only one learner may step at a time in a process, because DJL has one gradient collector.
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
     * @param reference frozen model for the KL penalty; null when its coefficient is 0
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
     * Resumes from a checkpoint; subsequent steps are bit-identical to those of the learner that wrote it.
     *
     * @param stepsTaken number of steps taken before the checkpoint was written
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
     * Resumes where another learner stopped.
     *
     * @param optimizerState may be empty only before the first step
     * @throws CheckpointException if the optimizer state is missing, incomplete, or belongs to another model
     */
    public void restore(Map<String, HostTensor> optimizerState, long stepsTaken) {
        if (optimizerState.isEmpty() && stepsTaken > 0) {
            throw new CheckpointException("the optimizer state is missing (" + DirectoryCheckpointStore.OPTIMIZER
                    + ", and its hash in krpo.json) although " + stepsTaken + " steps have been taken");
        }
        if (!optimizerState.isEmpty()) {
            optimizer.restore(optimizerState);
        }
        step = stepsTaken;
    }

    /**
     * Policy-gradient step with importance ratios against the behaviour log-probs.
     *
     * @throws FailedStepException under the conditions of {@link #gradients}; nothing has changed then
     */
    public StepStatistics step(List<TrainingSequence> sequences) {
        try (Gradients gradients = gradients(sequences)) {
            return apply(gradients);
        }
    }

    /**
     * Supervised step: mean cross entropy of the completion tokens; advantages and behaviour log-probs are not used.
     */
    public StepStatistics imitate(List<TrainingSequence> sequences) {
        try (Gradients gradients = gradients(sequences, new Imitation(options.loss()))) {
            return apply(gradients);
        }
    }

    /**
     * Computes the part of a step that depends on its sequences; the policy is left unchanged.
     *
     * @throws FailedStepException if the gradient of these sequences is not finite or does not fit into memory
     */
    public Gradients gradients(List<TrainingSequence> sequences) {
        return gradients(sequences, new PolicyGradient(options.loss(), reference));
    }

    /** Applies the optimizer's update with gradients of this learner, after clipping their norm. */
    public StepStatistics apply(Gradients gradients) {
        double learningRate = options.learningRateAt(step + 1);
        double scale = Math.min(1, options.maxGradientNorm() / (gradients.norm() + 1e-12));
        optimizer.update(gradients.byParameter(), scale, learningRate);
        step++;
        return new StepStatistics(
                gradients.loss(),
                gradients.norm(),
                learningRate,
                gradients.batch().promptTokens(),
                gradients.batch().completionTokens());
    }

    private Gradients gradients(List<TrainingSequence> sequences, Objective objective) {
        Gradients gradients = differentiate(sequences, objective);
        double loss = gradients.loss().total();
        if (!Double.isFinite(gradients.norm()) || !Double.isFinite(loss)) {
            gradients.close();
            throw FailedStepException.notFinite("the gradient norm is " + gradients.norm() + " and the loss " + loss
                    + " at step " + (step + 1) + "; lower trainer.learningRate, or look for extreme advantages");
        }
        return gradients;
    }

    private Gradients differentiate(List<TrainingSequence> sequences, Objective objective) {
        NDManager scratch = policy.manager().newSubManager();
        try {
            // Grad mode is per thread; in-place updates of parameters require it to be off.
            JniUtils.setGradMode(false);
            Batch batch = Batch.of(
                    scratch,
                    sequences,
                    policy.tokenizer().padId(),
                    options.loss().normalization(),
                    options.forward());
            return new Gradients(scratch, this::clearGradients, parameters, batch, backward(batch, objective));
        } catch (RuntimeException | OutOfMemoryError e) {
            scratch.close();
            clearGradients();
            throw FailedStepException.because(e);
        }
    }

    /** Stores the gradient in the parameters. */
    private LossValues backward(Batch batch, Objective objective) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            Losses losses = objective.of(batch, Objective.predict(policy, batch));
            collector.backward(losses.total());
            return losses.values(batch);
        } finally {
            JniUtils.setGradMode(false);
        }
    }

    /**
     * The engine accumulates gradients instead of replacing them. NDArray.set() would tie them to a Java buffer that is
     * freed first.
     */
    private void clearGradients() {
        // Subtracting them from themselves would keep NaNs.
        parameters.values().forEach(parameter -> JniUtils.zeroGrad((PtNDArray) parameter));
    }

    /** A copy of the weights, in Java memory. */
    public Map<String, HostTensor> weights() {
        return policy.snapshot();
    }

    /** The state that {@link #restore} needs, in Java memory. */
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
}
