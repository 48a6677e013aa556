package dev.krpo.estimators;

import java.util.Arrays;

/**
 * Leaves out groups whose rewards are all equal, which of right and wrong answers are those all right or all wrong.
 * That is the filter of Reinforce-Rej (arXiv 2504.11343) and the condition {@code 0 < accuracy < 1} of DAPO's dynamic
 * sampling (arXiv 2503.14476, equation 11). The two differ in whether the batch is filled up, which a stream always
 * does; so they are one filter with two names.
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
}
