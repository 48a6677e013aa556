package dev.krpo.cli.config;

import dev.krpo.runtime.settings.RewardRange;
import dev.krpo.streams.EstimatorSettings;
import dev.krpo.worker.WorkerSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds settings that are fine one by one and leave nothing to learn from together. */
public final class CrossChecks {

    private static final Logger LOG = LoggerFactory.getLogger(CrossChecks.class);
    private static final String GROUP_SIZE = "scheduler.groupSize";
    private static final String MAX_NEW_TOKENS = "scheduler.maxNewTokens";
    private static final String MAX_BATCH_ROWS = "worker.maxBatchRows";
    private static final String OVERLONG_TOKENS = "worker.overlongTokens";
    private static final String DEDUPLICATION_IDS = "streams.deduplicationIds";
    private static final String ESTIMATOR = "estimator.name";
    private static final String REWARD_RANGE = "estimator.rewardRange";
    private static final String FILTER = "estimator.filter";

    /** Two settings that do not go together, and what to do. */
    private record Conflict(String one, String other, String message) {}

    private CrossChecks() {}

    /**
     * For a process that runs every role, so that defaults count.
     *
     * @throws org.apache.kafka.common.config.ConfigException if there is no reward of that name
     * @throws UsageException naming both settings, their values and the remedy
     */
    public static void ofAll(Map<String, String> config) {
        // The worker checks it too, but only when other roles have begun.
        new WorkerSettings(config).reward();
        conflicts(config).stream().findFirst().ifPresent(conflict -> {
            throw new UsageException(conflict.message);
        });
    }

    /**
     * For a role, which does not know what the others were given beyond its own file: rejects what was given and cannot work,
     * and warns where only the default of another role's setting stands in the way.
     *
     * @throws UsageException naming both settings, their values and the remedy
     */
    public static void ofGiven(Map<String, String> config) {
        for (Conflict conflict : conflicts(config)) {
            boolean one = config.containsKey(conflict.one);
            boolean other = config.containsKey(conflict.other);
            if (one && other) {
                throw new UsageException(conflict.message);
            }
            if (one || other) {
                LOG.warn("{}, unless another role is given other settings", conflict.message);
            }
        }
    }

    private static List<Conflict> conflicts(Map<String, String> config) {
        List<Conflict> conflicts = new ArrayList<>();
        int groupSize = whole(config, GROUP_SIZE);
        int smallest = new EstimatorSettings(config).smallestGroup();
        if (groupSize < smallest) {
            Map<String, String> unfiltered = new HashMap<>(config);
            unfiltered.remove(FILTER);
            String why = groupSize < new EstimatorSettings(unfiltered).smallestGroup() ? ESTIMATOR : FILTER;
            conflicts.add(new Conflict(
                    GROUP_SIZE,
                    why,
                    why + "=" + text(config, why) + " compares the completions of a group, and " + GROUP_SIZE + " is "
                            + groupSize + "; set it to " + smallest + " or more"));
        }
        if (whole(config, MAX_BATCH_ROWS) < groupSize) {
            conflicts.add(new Conflict(
                    GROUP_SIZE,
                    MAX_BATCH_ROWS,
                    MAX_BATCH_ROWS + " is " + whole(config, MAX_BATCH_ROWS) + " and " + GROUP_SIZE + " is " + groupSize
                            + ": a group is generated in one batch, so every task would be rejected; raise "
                            + MAX_BATCH_ROWS + " to " + groupSize + " at least, or lower " + GROUP_SIZE));
        }
        if (whole(config, DEDUPLICATION_IDS) <= groupSize) {
            conflicts.add(new Conflict(
                    GROUP_SIZE,
                    DEDUPLICATION_IDS,
                    GROUP_SIZE + " is " + groupSize + " and " + DEDUPLICATION_IDS + " is "
                            + whole(config, DEDUPLICATION_IDS)
                            + ": repeats in such a group would count twice, so every rollout would be rejected; raise "
                            + DEDUPLICATION_IDS + " to several times the group size"));
        }
        Optional<RewardRange> range = new EstimatorSettings(config).rewardRange();
        if (whole(config, OVERLONG_TOKENS) > 0
                && range.isPresent()
                && range.get().lowest() > -1) {
            conflicts.add(new Conflict(
                    OVERLONG_TOKENS,
                    REWARD_RANGE,
                    OVERLONG_TOKENS + " lowers rewards by up to 1, and " + REWARD_RANGE + " is ["
                            + range.get().lowest() + ", " + range.get().highest()
                            + "]: long completions would be rejected; lower the first number by 1, such as "
                            + REWARD_RANGE
                            + "=-1,1"));
        }
        if (whole(config, OVERLONG_TOKENS) >= whole(config, MAX_NEW_TOKENS)) {
            conflicts.add(new Conflict(
                    OVERLONG_TOKENS,
                    MAX_NEW_TOKENS,
                    OVERLONG_TOKENS + "=" + whole(config, OVERLONG_TOKENS) + " is not less than " + MAX_NEW_TOKENS + "="
                            + whole(config, MAX_NEW_TOKENS) + "; lower the one or raise the other"));
        }
        return conflicts;
    }

    private static int whole(Map<String, String> config, String name) {
        return Integer.parseInt(text(config, name).trim());
    }

    private static String text(Map<String, String> config, String name) {
        ConfigKey key = Settings.keys().get(name);
        return config.containsKey(name) ? config.get(name) : ConfigDef.convertToString(key.defaultValue, key.type);
    }
}
