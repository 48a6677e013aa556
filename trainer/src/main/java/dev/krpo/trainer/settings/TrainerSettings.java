package dev.krpo.trainer.settings;

import dev.krpo.learner.LearnerOptions;
import dev.krpo.learner.normalize.AdvantageNormalizations;
import dev.krpo.policy.checkpoint.CheckpointStores;
import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.settings.Config;
import dev.krpo.settings.InvalidSettingException;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.util.stream.Stream;

/** The settings of a trainer, validated individually and in combination. */
public final class TrainerSettings {

    public static final Section SECTION = Section.of("trainer", "Trainer", "trainer");

    public static final Setting<Integer> BATCH_SIZE = SECTION.integer("batchSize", 256)
            .between(1, 1_000_000)
            .unit("samples")
            .doc("Samples per optimizer step; each step produces one policy version.");
    public static final Setting<Long> MAX_STEPS = SECTION.integer("maxSteps", Long.MAX_VALUE)
            .atLeast(1L)
            .unit("steps")
            .doc("The trainer stops after this many steps of the policy, including those of earlier runs.");
    public static final Setting<Integer> REMEMBERED_IDS = SECTION.integer("rememberedIds", 20_000)
            .between(0, 10_000_000)
            .unit("ids")
            .doc("Number of most recently trained rolloutIds to remember, so that a redelivered rollout is not"
                    + " trained twice. At startup, the samples of this many ids are read from the log.");

    private final Config config;
    private final Cluster cluster;

    /** @throws InvalidSettingException naming the setting, its value and the remedy */
    public TrainerSettings(Config config) {
        this.config = config;
        cluster = Cluster.of(config);
        Stream.concat(
                        Stream.of(
                                SECTION, CheckpointSettings.SECTION, SchedulerSettings.SECTION, PolicySettings.SECTION),
                        LearnerOptions.sections().stream())
                .forEach(section -> section.settings().forEach(config::get));
        CheckpointStores.of(config, PolicySettings.CHECKPOINTS);
        int batchSize = get(BATCH_SIZE);
        int groupSize = get(SchedulerSettings.GROUP_SIZE);
        int minBatchSize = learnerOptions().loss().normalization().minBatchSize();
        if (batchSize < minBatchSize) {
            throw new InvalidSettingException(
                    config,
                    AdvantageNormalizations.NAME,
                    "it needs " + minBatchSize + " samples or more; set " + BATCH_SIZE + " to at least "
                            + minBatchSize);
        }
        if (batchSize % groupSize != 0) {
            throw new InvalidSettingException(
                    config,
                    BATCH_SIZE,
                    "make it a multiple of " + SchedulerSettings.GROUP_SIZE + " (" + groupSize + ")");
        }
    }

    public <T> T get(Setting<T> setting) {
        return config.get(setting);
    }

    public Config config() {
        return config;
    }

    public Cluster cluster() {
        return cluster;
    }

    public KafkaSettings kafka() {
        return cluster.kafka();
    }

    public TopicCatalogue catalogue() {
        return cluster.topics();
    }

    public LearnerOptions learnerOptions() {
        return LearnerOptions.of(config, get(SchedulerSettings.MAX_NEW_TOKENS));
    }
}
