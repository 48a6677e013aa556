package dev.krpo.learner.loss;

import dev.krpo.learner.aggregate.Aggregation;
import dev.krpo.learner.aggregate.FixedLengthMean;
import dev.krpo.learner.aggregate.LengthWeighted;
import dev.krpo.learner.aggregate.SequenceMean;
import dev.krpo.learner.aggregate.TokenMean;

/**
 * Reference implementation of the losses in plain loops and double precision. Values without gradient are computed from
 * {@code fixed}.
 */
final class NaiveLosses {

    private NaiveLosses() {}

    static double[] perToken(String loss, double[] x, double[] fixed, LossCase data, Limits limits) {
        double[] losses = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            double advantage = data.advantages[i / LossCase.TIME];
            double ratio = Math.exp(x[i] - data.behaviour[i]);
            double fixedRatio = Math.exp(fixed[i] - data.behaviour[i]);
            double step = Math.exp(x[i] - fixed[i]);
            losses[i] = switch (loss) {
                case "clipped" -> clipped(ratio, advantage, limits);
                case "truncated-is" -> -Math.min(fixedRatio, limits.truncation()) * step * advantage;
                case "decoupled" -> Math.min(fixedRatio, limits.truncation()) * clipped(step, advantage, limits);
                case "gspo" ->
                    clipped(Math.exp(logRatio(x, data, i) / data.lengths[i / LossCase.TIME]), advantage, limits);
                case "gmpo" -> -dualClipped(advantage * geometricMean(x, data, i, limits), advantage, limits);
                case "cispo" ->
                    -Math.min(1 + limits.clipHigh(), Math.max(1 - limits.clipLow(), fixedRatio)) * advantage * x[i];
                case "tic" -> -Math.min(1 + limits.clipHigh(), Math.exp(logRatio(x, data, i))) * advantage;
                default -> throw new IllegalArgumentException("add " + loss + " here");
            };
        }
        return losses;
    }

    private static double clipped(double ratio, double advantage, Limits limits) {
        double clipped = Math.min(1 + limits.clipHigh(), Math.max(1 - limits.clipLow(), ratio));
        return -dualClipped(Math.min(ratio * advantage, clipped * advantage), advantage, limits);
    }

    private static double dualClipped(double objective, double advantage, Limits limits) {
        return advantage < 0 ? Math.max(objective, limits.clipC() * advantage) : objective;
    }

    /** The value for the whole completion that entry i belongs to. */
    private static double logRatio(double[] x, LossCase data, int i) {
        int row = i / LossCase.TIME;
        double sum = 0;
        for (int j = row * LossCase.TIME; j < (row + 1) * LossCase.TIME; j++) {
            sum += data.mask[j] * (x[j] - data.behaviour[j]);
        }
        return sum;
    }

    private static double geometricMean(double[] x, LossCase data, int i, Limits limits) {
        int row = i / LossCase.TIME;
        double product = 1;
        for (int j = row * LossCase.TIME; j < (row + 1) * LossCase.TIME; j++) {
            double log = x[j] - data.behaviour[j];
            double bounded =
                    data.advantages[row] > 0 ? Math.min(log, limits.clipHigh()) : Math.max(log, -limits.clipLow());
            product *= data.mask[j] == 0 ? 1 : Math.exp(bounded);
        }
        return Math.pow(product, 1.0 / data.lengths[row]);
    }

    static double aggregate(Aggregation aggregation, double[] losses, LossCase data) {
        double tokens = 0;
        double mean = 0;
        for (int length : data.lengths) {
            tokens += length;
            mean += (double) length / LossCase.ROWS;
        }
        double deviation = 0;
        for (int length : data.lengths) {
            deviation += (length - mean) * (length - mean) / LossCase.ROWS;
        }
        deviation = Math.sqrt(deviation);
        double[] preference = new double[LossCase.ROWS];
        double preferences = 0;
        double total = 0;
        for (int row = 0; row < LossCase.ROWS; row++) {
            if (aggregation instanceof LengthWeighted weighted) {
                double h = 1 + (deviation == 0 ? 0 : (data.lengths[row] - mean) / deviation) / 9;
                preference[row] = Math.exp(Math.pow(h, weighted.lambda()));
                preferences += preference[row];
            }
        }
        for (int i = 0; i < losses.length; i++) {
            int row = i / LossCase.TIME;
            double weight;
            if (aggregation instanceof TokenMean) {
                weight = 1 / tokens;
            } else if (aggregation instanceof SequenceMean) {
                weight = 1.0 / data.lengths[row] / LossCase.ROWS;
            } else if (aggregation instanceof FixedLengthMean constant) {
                weight = 1.0 / LossCase.ROWS / constant.maxTokens();
            } else {
                weight = LossCase.ROWS * preference[row] / preferences / tokens;
            }
            total += weight * data.mask[i] * losses[i];
        }
        return total;
    }
}
