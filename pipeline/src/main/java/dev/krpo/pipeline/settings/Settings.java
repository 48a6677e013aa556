package dev.krpo.pipeline.settings;

import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.SampleFilters;
import dev.krpo.learner.LearnerOptions;
import dev.krpo.runtime.rules.BehaviourRules;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.settings.Catalogue;
import dev.krpo.settings.Config;
import dev.krpo.settings.SettingsDocument;
import dev.krpo.settings.YamlFile;
import dev.krpo.streams.settings.BoundedRocksDb;
import dev.krpo.streams.settings.StreamsSettings;
import dev.krpo.trainer.schedule.PromptSources;
import dev.krpo.trainer.settings.CheckpointSettings;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import dev.krpo.worker.engine.RolloutEngines;
import dev.krpo.worker.environment.Environments;
import dev.krpo.worker.settings.WorkerSettings;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** All settings of all roles, their reference document, and which of them are secret. */
public final class Settings {

    public static final Catalogue ALL = new Catalogue(
            Stream.of(
                            List.of(
                                    KafkaSettings.CLUSTER,
                                    KafkaSettings.PATIENCE,
                                    TopicSettings.SECTION,
                                    PolicySettings.SECTION,
                                    BehaviourRules.SETTINGS,
                                    StreamsSettings.SECTION,
                                    BoundedRocksDb.SETTINGS),
                            Estimators.sections(),
                            SampleFilters.sections(),
                            List.of(WorkerSettings.SECTION),
                            RolloutEngines.sections(),
                            Environments.sections(),
                            List.of(SchedulerSettings.SECTION),
                            PromptSources.sections(),
                            List.of(TrainerSettings.SECTION),
                            LearnerOptions.sections(),
                            List.of(CheckpointSettings.SECTION))
                    .flatMap(List::stream)
                    .toList(),
            KafkaSettings.CLIENT_PREFIX);

    /** Matches secrets among properties that only a plugin knows, such as those of a login module or an interceptor. */
    private static final Pattern SECRET = Pattern.compile("password|passphrase|secret|jaas|token|credential|\\.key$");

    private static final String INTRODUCTION = """
            # Settings

            Written by `krpo settings`.

            Settings come from a YAML file (`--config FILE`), nested or with dots, and from `--set key=value`.
            The command line wins.
            `--bootstrap-servers` is short for `--set kafka.bootstrap.servers=`.
            One file serves every role: each takes what it needs.
            An unknown key is an error; a key of an earlier release is read, with a warning that names its present one.
            `--print-config` prints the effective configuration and where each value comes from.

            Everything under `kafka.` is passed to the Kafka clients unchanged, for example `kafka.security.protocol`.
            A key there that no client knows causes a warning, not an error:
            interceptors and login modules have keys of their own.
            """;

    private Settings() {}

    /** The reference of all settings, in Markdown. */
    public static String toMarkdown() {
        return SettingsDocument.of(ALL, INTRODUCTION);
    }

    /** Every setting with its effective value and its source; values that may be secrets are masked. */
    public static String toYaml(Config config) {
        return YamlFile.write(ALL.effective(config), Settings::isSecret);
    }

    /** Only Kafka's own properties can be secret; {@code scheduler.maxNewTokens} is not. */
    public static boolean isSecret(String key) {
        return ALL.isPassedThrough(key)
                && (KafkaPropertyNames.isPassword(key)
                        || SECRET.matcher(key.toLowerCase(Locale.ROOT)).find());
    }
}
