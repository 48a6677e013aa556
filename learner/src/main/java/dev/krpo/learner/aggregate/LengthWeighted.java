package dev.krpo.learner.aggregate;

import ai.djl.ndarray.NDArray;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.util.List;

/**
 * The token mean, with each sequence weighted by its length (lambda-GRPO, arXiv 2510.06870): {@code f = batch *
 * softmax(h^lambda)}, {@code h = 1 + z / 9}, z the standard score of the length. Lambda 0 is {@link TokenMean}, below 0
 * favours short sequences, above 0 long ones; the weights have mean 1.
 *
 * <p>It deviates from the paper in two points. Lambda is a setting rather than learned: descent on it moves weight to
 * the lengths whose surrogate is smaller in this batch, and every checkpoint would have to store it besides the model's
 * tensors. And lengths are compared within the batch, not within a prompt's group, because a sample here need not have
 * a group.
 *
 * @param lambda the preference
 */
public record LengthWeighted(double lambda) implements Aggregation {

    public static final Section SETTINGS = Section.of("trainer", "Aggregation length-weighted", "trainer, replay");

    private static final Setting<Double> LENGTH_PREFERENCE = SETTINGS.number("lengthPreference", 0)
            .doc("Lambda of aggregation length-weighted: below 0 favours short completions, above 0 long ones;"
                    + " 0 is token-mean.");

    private static final float REDUCTION = 1 / 9f;

    /** h^lambda is meaningless below this; only a length 8.1 standard deviations below the mean reaches it. */
    private static final float MINIMUM_H = 0.1f;

    private static final float EPSILON = 1e-6f;

    @Override
    public NDArray apply(NDArray perToken, NDArray mask) {
        NDArray weights = weights(mask.sum(new int[] {1}, true));
        return perToken.mul(mask).mul(weights).sum().div(mask.sum());
    }

    /**
     * @param lengths {@code [batch, 1]}
     * @return {@code [batch, 1]}
     */
    private NDArray weights(NDArray lengths) {
        NDArray centred = lengths.sub(lengths.mean());
        NDArray deviation = centred.square().mean().sqrt().add(EPSILON);
        NDArray h = centred.div(deviation).mul(REDUCTION).add(1f).maximum(MINIMUM_H);
        return h.pow((float) lambda).softmax(0).mul((float) lengths.size());
    }

    public static final class Factory implements AggregationFactory {
        @Override
        public String name() {
            return "length-weighted";
        }

        @Override
        public String description() {
            return "token-mean with lengthPreference (lambda-GRPO)";
        }

        @Override
        public List<Section> settings() {
            return List.of(SETTINGS);
        }

        @Override
        public Aggregation create(Config config) {
            return new LengthWeighted(config.get(LENGTH_PREFERENCE));
        }
    }
}
