package dev.krpo.pipeline.settings;

import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.GroupEstimation;
import dev.krpo.estimators.RewardRange;
import dev.krpo.estimators.SampleFilters;
import dev.krpo.policy.checkpoint.CheckpointStores;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.settings.Config;
import dev.krpo.settings.Setting;
import dev.krpo.settings.UsageException;
import dev.krpo.streams.settings.StreamsSettings;
import dev.krpo.trainer.schedule.PromptSources;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.worker.engine.RolloutEngines;
import dev.krpo.worker.environment.Environments;
import dev.krpo.worker.settings.WorkerSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds settings that are valid one by one but leave nothing to learn from together. */
public final class CrossChecks {

    private static final Logger LOG = LoggerFactory.getLogger(CrossChecks.class);

    /** Two settings that conflict, and the remedy. */
    private record Conflict(Setting<?> one, Setting<?> other, String message) {}

    private CrossChecks() {}

    /**
     * For a process that runs every role, where defaults count too.
     *
     * @throws dev.krpo.settings.InvalidSettingException if reward, engine, environment or checkpoint store is unknown
     * @throws UsageException naming both settings, their values and the remedy
     */
    public static void ofAll(Config config) {
        // The worker checks these too, but only after the other roles have started.
        new WorkerSettings(config).reward();
        RolloutEngines.chosen(config);
        Environments.chosen(config);
        CheckpointStores.of(config, PolicySettings.CHECKPOINTS);
        conflicts(config).stream().findFirst().ifPresent(conflict -> {
            throw new UsageException(conflict.message);
        });
    }

    /**
     * For a single role, which does not know the settings of the others beyond its own file: rejects explicit settings
     * that cannot work together, and warns where the conflict is only with a default of another role.
     *
     * @throws UsageException naming both settings, their values and the remedy
     */
    public static void ofGiven(Config config) {
        for (Conflict conflict : conflicts(config)) {
            boolean one = config.has(conflict.one);
            boolean other = config.has(conflict.other);
            if (one && other) {
                throw new UsageException(conflict.message);
            }
            if (one || other) {
                LOG.warn("{}, unless another role has other settings", conflict.message);
            }
        }
    }

    private static List<Conflict> conflicts(Config config) {
        List<Conflict> conflicts = new ArrayList<>();
        int groupSize = config.get(SchedulerSettings.GROUP_SIZE);
        int smallest = GroupEstimation.of(config).minGroupSize();
        if (groupSize < smallest) {
            GroupEstimation unfiltered = GroupEstimation.of(config.without(SampleFilters.NAME));
            Setting<String> why = groupSize < unfiltered.minGroupSize() ? Estimators.NAME : SampleFilters.NAME;
            conflicts.add(new Conflict(
                    SchedulerSettings.GROUP_SIZE,
                    why,
                    why + "=" + config.get(why) + " compares the completions of a group, and "
                            + SchedulerSettings.GROUP_SIZE + " is " + groupSize + "; set it to " + smallest
                            + " or more"));
        }
        if (PromptSources.usesBeliefs(config) && !Estimators.of(config).persistent()) {
            conflicts.add(new Conflict(
                    PromptSources.NAME,
                    Estimators.NAME,
                    PromptSources.NAME + "=" + config.get(PromptSources.NAME)
                            + " chooses by beliefs about prompts, and "
                            + Estimators.NAME + "=" + config.get(Estimators.NAME) + " keeps none; set "
                            + Estimators.NAME + " to krpo or spo, or " + PromptSources.NAME + " to "
                            + PromptSources.NAME.standard()));
        }
        if (config.get(WorkerSettings.MAX_BATCH_ROWS) < groupSize) {
            conflicts.add(new Conflict(
                    SchedulerSettings.GROUP_SIZE,
                    WorkerSettings.MAX_BATCH_ROWS,
                    WorkerSettings.MAX_BATCH_ROWS + " is " + config.get(WorkerSettings.MAX_BATCH_ROWS) + " and "
                            + SchedulerSettings.GROUP_SIZE + " is " + groupSize
                            + ": a group is generated in one batch, so every task would be rejected; raise "
                            + WorkerSettings.MAX_BATCH_ROWS + " to " + groupSize + " at least, or lower "
                            + SchedulerSettings.GROUP_SIZE));
        }
        if (config.get(StreamsSettings.DEDUPLICATION_IDS) <= groupSize) {
            conflicts.add(new Conflict(
                    SchedulerSettings.GROUP_SIZE,
                    StreamsSettings.DEDUPLICATION_IDS,
                    SchedulerSettings.GROUP_SIZE + " is " + groupSize + " and " + StreamsSettings.DEDUPLICATION_IDS
                            + " is "
                            + config.get(StreamsSettings.DEDUPLICATION_IDS)
                            + ": repeats in such a group would count twice, so every rollout would be rejected; raise "
                            + StreamsSettings.DEDUPLICATION_IDS + " to several times the group size"));
        }
        Optional<RewardRange> range = Estimators.rewardRange(config);
        if (config.get(WorkerSettings.OVERLONG_TOKENS) > 0
                && range.isPresent()
                && range.get().lowest() > -1) {
            conflicts.add(new Conflict(
                    WorkerSettings.OVERLONG_TOKENS,
                    Estimators.REWARD_RANGE,
                    WorkerSettings.OVERLONG_TOKENS + " lowers rewards by up to 1, and " + Estimators.REWARD_RANGE
                            + " is ["
                            + range.get().lowest() + ", " + range.get().highest()
                            + "]: long completions would be rejected; lower the first number by 1, such as "
                            + Estimators.REWARD_RANGE
                            + "=-1,1"));
        }
        if (config.get(WorkerSettings.OVERLONG_TOKENS) >= config.get(SchedulerSettings.MAX_NEW_TOKENS)) {
            conflicts.add(new Conflict(
                    WorkerSettings.OVERLONG_TOKENS,
                    SchedulerSettings.MAX_NEW_TOKENS,
                    WorkerSettings.OVERLONG_TOKENS + "=" + config.get(WorkerSettings.OVERLONG_TOKENS)
                            + " is not less than " + SchedulerSettings.MAX_NEW_TOKENS + "="
                            + config.get(SchedulerSettings.MAX_NEW_TOKENS) + "; lower the one or raise the other"));
        }
        return conflicts;
    }
}
