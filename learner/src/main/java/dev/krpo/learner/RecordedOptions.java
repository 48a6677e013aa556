package dev.krpo.learner;

import dev.krpo.learner.aggregate.Aggregations;
import dev.krpo.learner.aggregate.FixedLengthMean;
import dev.krpo.learner.loss.ClipRange;
import dev.krpo.learner.loss.PolicyLosses;
import dev.krpo.learner.normalize.AdvantageNormalizations;
import dev.krpo.learner.penalty.KlEstimators;
import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.settings.Services;
import dev.krpo.settings.Setting;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The settings of optimizer and loss as recorded with each step, so that it can be replayed. */
public final class RecordedOptions {

    private static final String SOURCE = "the recorded step";

    private static final List<Setting<?>> DECISIVE = LearnerOptions.sections().stream()
            .<Setting<?>>flatMap(section -> section.settings().stream())
            .toList();

    private static final Map<Setting<String>, Services<?>> CHOICES = Map.of(
            PolicyLosses.NAME, PolicyLosses.ALL,
            Aggregations.NAME, Aggregations.ALL,
            KlEstimators.NAME, KlEstimators.ALL,
            AdvantageNormalizations.NAME, AdvantageNormalizations.ALL);

    private RecordedOptions() {}

    /** @param maxNewTokens maximum length of a completion, in tokens */
    public static Map<String, String> of(Config config, int maxNewTokens) {
        Config effective = FixedLengthMean.withConstant(config, maxNewTokens);
        Map<String, String> recorded = new LinkedHashMap<>();
        DECISIVE.forEach(setting -> recorded.put(setting.key(), effective.canonical(setting)));
        return recorded;
    }

    /**
     * {@code config} with the options of a recorded step. Options that an earlier release could not record keep that
     * release's behaviour: the default, or no bound where the bound was added later. A step without any recorded
     * options leaves the other settings unchanged.
     *
     * @throws InvalidSettingException if the jar of a loss, aggregation, KL estimator or normalisation that the step
     *     was trained with is missing
     */
    public static Config replaying(Config config, Map<String, String> recorded) {
        CHOICES.forEach((setting, services) -> {
            String name = recorded.get(setting.key());
            if (name != null && !services.names().contains(name)) {
                throw new InvalidSettingException(SOURCE + ": " + setting + " is '" + name
                        + "', which is not on the class path; " + services.remedy(name));
            }
        });
        Config step = recorded.isEmpty() ? config : config.without(DECISIVE.toArray(Setting<?>[]::new));
        Config given = Config.of(recorded, SOURCE);
        return step.with(ClipRange.C, Double.POSITIVE_INFINITY)
                .with(PolicyLosses.MAX_LOG_RATIO, Double.POSITIVE_INFINITY)
                .with(LearnerOptions.FORWARD, Forward.UNFUSED)
                .with(given.only(DECISIVE));
    }
}
