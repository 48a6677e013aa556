package dev.krpo.learner.aggregate;

import ai.djl.ndarray.NDArray;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.util.List;

/**
 * The sum over tokens divided by batch times a constant (Dr. GRPO, arXiv 2503.20783, sect. 3): unlike with a mean, the
 * divisor does not depend on completion length, so that no length is favoured.
 *
 * @param maxTokens the constant, at least 1; the longest completion that may be drawn
 */
public record FixedLengthMean(int maxTokens) implements Aggregation {

    public static final Section SETTINGS = Section.of("trainer", "Aggregation constant", "trainer, replay");

    private static final Setting<Integer> MAX_TOKENS = SETTINGS.integer("maxTokens", 0)
            .between(0, 1_000_000)
            .unit("tokens")
            .doc("Divisor of aggregation constant, in tokens per sample; 0 uses scheduler.maxNewTokens.");

    public FixedLengthMean {
        if (maxTokens < 1) {
            throw new IllegalArgumentException("maxTokens is " + maxTokens + "; at least 1 is needed");
        }
    }

    /** {@code config} with {@code maxNewTokens} as the constant, unless it has another one. */
    public static Config withConstant(Config config, int maxNewTokens) {
        return config.get(MAX_TOKENS) > 0 ? config : config.with(MAX_TOKENS, maxNewTokens);
    }

    @Override
    public NDArray apply(NDArray perToken, NDArray mask) {
        // Dividing a scalar by a double would produce float64.
        return perToken.mul(mask).sum().div((float) (mask.getShape().get(0) * maxTokens));
    }

    public static final class Factory implements AggregationFactory {
        @Override
        public String name() {
            return "constant";
        }

        @Override
        public String description() {
            return "the sum over tokens divided by samples times maxTokens (Dr. GRPO)";
        }

        @Override
        public List<Section> settings() {
            return List.of(SETTINGS);
        }

        @Override
        public Aggregation create(Config config) {
            return new FixedLengthMean(config.get(MAX_TOKENS));
        }
    }
}
