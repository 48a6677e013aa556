package dev.krpo.experiments;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.apache.commons.statistics.distribution.TDistribution;

/** All seeds of one arm in one condition. */
record ArmResult(List<RunResult> seeds) {

    private static final int RESAMPLES = 10_000;
    private static final long RESAMPLING_SEED = 20251121;

    Interval95 finalAccuracy() {
        return Interval95.mean(
                seeds.stream().mapToDouble(RunResult::finalAccuracy).toArray());
    }

    Interval95 area() {
        return Interval95.mean(seeds.stream().mapToDouble(RunResult::area).toArray());
    }

    Interval95 seconds() {
        return Interval95.mean(
                seeds.stream().mapToDouble(seed -> seed.last().seconds()).toArray());
    }

    /** Accuracy at evaluation i. */
    Interval95 accuracy(int i) {
        return Interval95.mean(seeds.stream()
                .mapToDouble(seed -> seed.curve().get(i).accuracy())
                .toArray());
    }

    int evaluations() {
        return seeds.get(0).curve().size();
    }

    long rollouts(int i) {
        return seeds.get(0).curve().get(i).rollouts();
    }

    /**
     * Rollouts until the mean curve first reaches this accuracy, interpolated between evaluations; infinity if it never
     * does. The interval is the expanded percentile bootstrap over the seeds.
     */
    Interval95 rolloutsTo(double accuracy) {
        return bootstrap(random -> firstReached(resampled(random), accuracy), firstReached(means(), accuracy));
    }

    /**
     * Share of a run that this arm needs to reach the reference's final accuracy: rollouts until the mean curve reaches
     * the mean final accuracy of the reference, divided by the rollouts of a run. Both arms are resampled for the
     * interval.
     */
    Interval95 shareToReach(ArmResult reference) {
        double all = rollouts(evaluations() - 1);
        return bootstrap(
                random -> firstReached(resampled(random), reference.finalOf(reference.draw(random))) / all,
                firstReached(means(), reference.finalAccuracy().value()) / all);
    }

    private interface Statistic {
        double of(SplittableRandom random);
    }

    private Interval95 bootstrap(Statistic statistic, double value) {
        if (seeds.size() < 2) {
            return new Interval95(value, Double.NaN, Double.NaN);
        }
        SplittableRandom random = new SplittableRandom(RESAMPLING_SEED);
        double[] resamples = new double[RESAMPLES];
        Arrays.setAll(resamples, i -> statistic.of(random));
        Arrays.sort(resamples);
        int tail = (int) (RESAMPLES * tailProbability(seeds.size()));
        return new Interval95(value, resamples[tail], resamples[RESAMPLES - 1 - tail]);
    }

    /**
     * Share of the resamples to exclude at each end for 95 %: plain percentiles are too narrow for few values, by the
     * same factors as a normal interval with n in the denominator of the variance (expanded percentiles, Hesterberg
     * 2015, arXiv 1411.5279, section 4.1.3).
     */
    private static double tailProbability(int count) {
        double t = TDistribution.of(count - 1).inverseCumulativeProbability(0.975);
        return NormalDistribution.of(0, 1).cumulativeProbability(-Math.sqrt(count / (count - 1.0)) * t);
    }

    private int[] draw(SplittableRandom random) {
        int[] drawn = new int[seeds.size()];
        Arrays.setAll(drawn, i -> random.nextInt(seeds.size()));
        return drawn;
    }

    private double finalOf(int[] drawn) {
        return Arrays.stream(drawn)
                .mapToDouble(i -> seeds.get(i).finalAccuracy())
                .average()
                .orElseThrow();
    }

    private double[] resampled(SplittableRandom random) {
        return meanOf(draw(random));
    }

    /** The mean accuracy at each evaluation. */
    double[] means() {
        int[] all = new int[seeds.size()];
        Arrays.setAll(all, i -> i);
        return meanOf(all);
    }

    private double[] meanOf(int[] drawn) {
        double[] mean = new double[evaluations()];
        for (int seed : drawn) {
            List<RunResult.Point> curve = seeds.get(seed).curve();
            for (int i = 0; i < mean.length; i++) {
                mean[i] += curve.get(i).accuracy() / drawn.length;
            }
        }
        return mean;
    }

    private double firstReached(double[] curve, double accuracy) {
        if (curve[0] >= accuracy) {
            return rollouts(0);
        }
        for (int i = 1; i < curve.length; i++) {
            if (curve[i] >= accuracy) {
                double part = (accuracy - curve[i - 1]) / (curve[i] - curve[i - 1]);
                return rollouts(i - 1) + part * (rollouts(i) - rollouts(i - 1));
            }
        }
        return Double.POSITIVE_INFINITY;
    }
}
