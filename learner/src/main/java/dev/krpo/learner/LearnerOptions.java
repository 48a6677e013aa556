package dev.krpo.learner;

import dev.krpo.learner.aggregate.FixedLengthMean;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.util.List;
import java.util.stream.Stream;

/** The constants of the optimizer step; each is documented by its setting. */
public record LearnerOptions(
        double learningRate,
        int warmupSteps,
        LossOptions loss,
        double maxGradientNorm,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        Forward forward) {

    public static final Section SETTINGS = Section.of("trainer", "Optimizer", "trainer, replay");

    public static final Setting<Double> LEARNING_RATE =
            SETTINGS.number("learningRate", 1e-4).above(0.0).inFloat32().doc("AdamW step size.");
    public static final Setting<Integer> WARMUP_STEPS = SETTINGS.integer("warmupSteps", 10)
            .atLeast(0)
            .unit("steps")
            .doc("Steps over which the learning rate rises linearly from 0.");
    private static final Setting<Double> MAX_GRADIENT_NORM = SETTINGS.number("maxGradientNorm", 1)
            .above(0.0)
            .inFloat32()
            .doc("Gradients are scaled down to this L2 norm.");
    private static final Setting<Double> BETA_1 =
            SETTINGS.number("beta1", 0.9).atLeast(0.0).below(1.0).doc("AdamW: decay of the first moment.");
    private static final Setting<Double> BETA_2 =
            SETTINGS.number("beta2", 0.99).atLeast(0.0).below(1.0).doc("AdamW: decay of the second moment.");
    private static final Setting<Double> EPSILON =
            SETTINGS.number("epsilon", 1e-8).above(0.0).inFloat32().doc("AdamW: added to the denominator.");
    private static final Setting<Double> WEIGHT_DECAY =
            SETTINGS.number("weightDecay", 0).atLeast(0.0).inFloat32().doc("AdamW: decoupled weight decay.");
    public static final Setting<Forward> FORWARD = SETTINGS.choice("forward", Forward.UNFUSED)
            .doc("Forward pass of training. unfused: single operations, logits at all positions; faster for models of"
                    + " less than a million parameters. fused: one scripted function per layer, logits at completion"
                    + " tokens only; faster and smaller for larger models. The two agree up to rounding.");

    /** The settings of optimizer and loss: all that decide a step. */
    public static List<Section> sections() {
        return Stream.concat(Stream.of(SETTINGS), LossOptions.sections().stream())
                .toList();
    }

    /**
     * @param maxNewTokens maximum length of a completion, in tokens
     * @throws dev.krpo.settings.InvalidSettingException naming the setting, its value and the remedy
     */
    public static LearnerOptions of(Config config, int maxNewTokens) {
        return new LearnerOptions(
                config.get(LEARNING_RATE),
                config.get(WARMUP_STEPS),
                LossOptions.of(FixedLengthMean.withConstant(config, maxNewTokens)),
                config.get(MAX_GRADIENT_NORM),
                config.get(BETA_1),
                config.get(BETA_2),
                config.get(EPSILON),
                config.get(WEIGHT_DECAY),
                config.get(FORWARD));
    }

    /** Linear warm-up to the learning rate. */
    double learningRateAt(long step) {
        return warmupSteps == 0 ? learningRate : learningRate * Math.min(1, (double) step / warmupSteps);
    }
}
