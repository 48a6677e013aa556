package dev.krpo.estimators.samplefilter;

import dev.krpo.estimators.SampleFilter;
import dev.krpo.estimators.SampleFilterFactory;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Max-variance down-sampling, arXiv 2504.13818: keeps the m of n completions whose rewards have the largest variance.
 * Those are the k lowest and the m - k highest for some k, so sorting and one pass over k find them in {@code O(n log
 * n)}. On ties, more of the highest are kept. A group of m or fewer is kept whole.
 */
public final class PodsFilter implements SampleFilter {

    public static final String NAME = "pods";

    public static final Section SETTINGS = Section.of("estimator", "Group filter pods", "streams");

    static final Setting<Integer> KEEP = SETTINGS.integer("podsKeep", 4)
            .between(2, 1024)
            .unit("completions")
            .doc("Number of completions that pods keeps per group; at or above scheduler.groupSize, none is left out.");

    private final int keep;

    /** @param keep m, >= 2 */
    public PodsFilter(int keep) {
        this.keep = keep;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean[] keep(double[] rewards) {
        if (rewards.length <= keep) {
            return NONE.keep(rewards);
        }
        int[] order = IntStream.range(0, rewards.length)
                .boxed()
                .sorted(Comparator.comparingDouble(index -> rewards[index]))
                .mapToInt(Integer::intValue)
                .toArray();
        int lowest =
                lowest(Arrays.stream(order).mapToDouble(index -> rewards[index]).toArray());
        boolean[] kept = new boolean[rewards.length];
        for (int i = 0; i < lowest; i++) {
            kept[order[i]] = true;
        }
        for (int i = order.length - keep + lowest; i < order.length; i++) {
            kept[order[i]] = true;
        }
        return kept;
    }

    /** k, of rewards in ascending order. */
    private int lowest(double[] sorted) {
        int highest = sorted.length - keep;
        // Far from 0, squares would lose the differences to rounding.
        double centre = sorted[sorted.length / 2];
        double sum = 0;
        double squares = 0;
        for (int i = highest; i < sorted.length; i++) {
            sum += sorted[i] - centre;
            squares += (sorted[i] - centre) * (sorted[i] - centre);
        }
        int best = 0;
        double largest = squares - sum * sum / keep;
        for (int k = 1; k <= keep; k++) {
            double in = sorted[k - 1] - centre;
            double out = sorted[highest + k - 1] - centre;
            sum += in - out;
            squares += in * in - out * out;
            double deviation = squares - sum * sum / keep;
            if (deviation > largest) {
                largest = deviation;
                best = k;
            }
        }
        return best;
    }

    public static final class Factory implements SampleFilterFactory {
        @Override
        public String name() {
            return NAME;
        }

        @Override
        public String description() {
            return "leaves out all but the podsKeep with the largest variance of reward";
        }

        @Override
        public List<Section> settings() {
            return List.of(SETTINGS);
        }

        @Override
        public SampleFilter create(Config config) {
            return new PodsFilter(config.get(KEEP));
        }
    }
}
