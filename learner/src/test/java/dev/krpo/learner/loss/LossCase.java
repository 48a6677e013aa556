package dev.krpo.learner.loss;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.krpo.policy.TorchEngine;
import java.util.Random;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Random off-policy completions of different lengths, at different positions in their rows. */
public final class LossCase {

    public static final int ROWS = 5;
    public static final int TIME = 7;
    public static final int VOCABULARY = 6;

    static {
        TorchEngine.configure(1);
    }

    public final long seed;
    public final float[] logProbs;
    final float[] behaviour;
    final float[] advantages = new float[ROWS];
    public final float[] mask = new float[ROWS * TIME];
    final int[] lengths = new int[ROWS];

    public LossCase(long seed) {
        this.seed = seed;
        Random random = new Random(seed);
        logProbs = values(random, ROWS * TIME, -1.5, 0.5);
        behaviour = values(random, ROWS * TIME, -1.5, 0.5);
        for (int row = 0; row < ROWS; row++) {
            advantages[row] = (float) random.nextGaussian();
            lengths[row] = 1 + random.nextInt(TIME);
            int start = random.nextInt(TIME - lengths[row] + 1);
            for (int t = start; t < start + lengths[row]; t++) {
                mask[row * TIME + t] = 1;
            }
        }
    }

    public static float[] values(Random random, int size, double mean, double spread) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (mean + spread * (2 * random.nextDouble() - 1));
        }
        return values;
    }

    LossInput input(NDArray x) {
        return input(x, Double.POSITIVE_INFINITY);
    }

    LossInput input(NDArray x, double maxLogRatio) {
        NDManager manager = x.getManager();
        return LossInput.of(x, array(manager, behaviour), column(manager), array(manager, mask), maxLogRatio);
    }

    public NDArray mask(NDArray x) {
        return array(x.getManager(), mask);
    }

    NDArray column(NDManager manager) {
        return manager.create(advantages, new Shape(ROWS, 1));
    }

    static NDArray array(NDManager manager, float[] values) {
        return manager.create(values, new Shape(ROWS, TIME));
    }

    /** The value of a scalar loss. */
    public static double value(float[] at, Shape shape, Function<NDArray, NDArray> loss) {
        try (NDManager manager = NDManager.newBaseManager()) {
            return loss.apply(manager.create(at, shape)).getFloat();
        }
    }

    public static float[] gradient(float[] at, Shape shape, Function<NDArray, NDArray> loss) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(at, shape);
            x.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                collector.backward(loss.apply(x));
            }
            return x.getGradient().toFloatArray();
        }
    }

    /** Central differences in double precision. */
    public static double[] differences(float[] at, ToDoubleFunction<double[]> loss) {
        double[] differences = new double[at.length];
        double step = 1e-6;
        for (int i = 0; i < at.length; i++) {
            double[] up = doubles(at);
            double[] down = doubles(at);
            up[i] += step;
            down[i] -= step;
            differences[i] = (loss.applyAsDouble(up) - loss.applyAsDouble(down)) / (2 * step);
        }
        return differences;
    }

    public static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }
}
