package dev.krpo.learner.loss;

import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;

/**
 * The limits of the losses that clip importance ratios.
 *
 * @param low how far below 1 a ratio may be before it is clipped (gmpo: how far its log may be below 0); infinity
 *     disables clipping
 * @param high how far above; infinity disables clipping
 * @param c the maximum ratio with a negative advantage, where the range sets no bound (dual-clip PPO, arXiv 1912.09729,
 *     eq. 5), > 1; infinity disables it
 */
public record ClipRange(double low, double high, double c) {

    public static final Section SETTINGS = Section.of("trainer", "Policy losses that clip", "trainer, replay");

    private static final Setting<Double> LOW = SETTINGS.number("clipLow", 0.2)
            .above(0.0)
            .inFloat32()
            .doc("The importance ratio is clipped below at 1 - clipLow (gmpo: its log at -clipLow). 0.2 is for"
                    + " token ratios; gspo needs its own value.");
    private static final Setting<Double> HIGH = SETTINGS.number("clipHigh", 0.2)
            .above(0.0)
            .inFloat32()
            .doc("The importance ratio is clipped above at 1 + clipHigh (gmpo: its log at clipHigh).");

    public static final Setting<Double> C = SETTINGS.number("clipC", 3)
            .above(1.0)
            .orInfinity()
            .doc("Maximum importance ratio with a negative advantage, where clipped, gspo and gmpo set no"
                    + " bound (dual clip, arXiv 1912.09729); Infinity disables it. The other losses have their own"
                    + " bound.");

    public static ClipRange of(Config config) {
        return new ClipRange(config.get(LOW), config.get(HIGH), config.get(C));
    }
}
