package dev.krpo.estimators.samplefilter;

import dev.krpo.estimators.SampleFilter;
import dev.krpo.estimators.SampleFilterFactory;
import dev.krpo.settings.Config;
import java.util.Arrays;

/**
 * Leaves out groups whose rewards are all equal: for right-or-wrong rewards, all right or all wrong. This is the filter
 * of Reinforce-Rej (arXiv 2504.11343) and the condition {@code 0 < accuracy < 1} of DAPO's dynamic sampling (arXiv
 * 2503.14476, equation 11). The two differ only in refilling the batch, which a stream always does, so they are one
 * filter with two names.
 *
 * @param name {@link #REINFORCE_REJ} or {@link #DYNAMIC_SAMPLING}
 */
public record EqualRewardsFilter(String name) implements SampleFilter {

    public static final String REINFORCE_REJ = "reinforce-rej";
    public static final String DYNAMIC_SAMPLING = "dynamic-sampling";

    @Override
    public boolean[] keep(double[] rewards) {
        boolean[] kept = new boolean[rewards.length];
        Arrays.fill(kept, Arrays.stream(rewards).anyMatch(reward -> reward != rewards[0]));
        return kept;
    }

    public static final class ReinforceRej implements SampleFilterFactory {
        @Override
        public String name() {
            return REINFORCE_REJ;
        }

        @Override
        public String description() {
            return "leaves out groups whose rewards are equal, such as all right or all wrong";
        }

        @Override
        public SampleFilter create(Config config) {
            return new EqualRewardsFilter(REINFORCE_REJ);
        }
    }

    public static final class DynamicSampling implements SampleFilterFactory {
        @Override
        public String name() {
            return DYNAMIC_SAMPLING;
        }

        @Override
        public String description() {
            return "another name of reinforce-rej";
        }

        @Override
        public SampleFilter create(Config config) {
            return new EqualRewardsFilter(DYNAMIC_SAMPLING);
        }
    }
}
