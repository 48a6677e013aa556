package dev.krpo.trainer.settings;

import dev.krpo.runtime.rules.BehaviourRules;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.settings.Config;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;

/** Settings for the tasks that are issued, and how many at a time. */
public final class SchedulerSettings {

    public static final Section SECTION = Section.of("scheduler", "Scheduler", "trainer");

    public static final Setting<Integer> GROUP_SIZE = SECTION.integer("groupSize", 1)
            .between(1, 1024)
            .unit("completions")
            .doc("Completions per prompt in one task. 1 for krpo; group estimators need 2 or more.");
    public static final Setting<Integer> MAX_STALENESS = SECTION.integer("maxStaleness", 4)
            .between(0, 1_000_000)
            .unit("policy versions")
            .doc("Maximum number of versions that a sample may be behind the policy it trains. About half as"
                    + " many batches are in flight (at least one), which leaves the other half for publishing and"
                    + " loading a version; older samples are dropped and counted.");
    private static final Setting<Double> TEMPERATURE = SECTION.number("temperature", 1)
            .between(BehaviourRules.MIN_TEMPERATURE, BehaviourRules.MAX_TEMPERATURE)
            .doc("Divides the logits.");
    private static final Setting<Double> TOP_P = SECTION.number("topP", 1)
            .above(0.0)
            .atMost(1.0)
            .unit("probability")
            .doc("Nucleus mass; below 1 the behaviour log-probs are those of the nucleus, and each rollout"
                    + " records the mass kept.");
    public static final Setting<Integer> MAX_NEW_TOKENS = SECTION.integer("maxNewTokens", 16)
            .between(1, 1_000_000)
            .unit("tokens")
            .doc("Maximum length of a completion, end-of-sequence included.");
    public static final Setting<Long> SEED =
            SECTION.integer("seed", 0L).doc("Determines the order of prompts and each rollout's random draws.");
    public static final Setting<Long> TASK_TIMEOUT_MS = SECTION.integer("taskTimeoutMs", 60_000L)
            .atLeast(100L)
            .unit("ms")
            .doc("A task whose samples have not arrived after this time is replaced. Since it may still"
                    + " complete, samples in time and late ones together never exceed twice the samples in flight"
                    + " that maxStaleness allows.");

    private SchedulerSettings() {}

    /**
     * Batches between issue and training: half of the bound; the other half is for publishing and loading a version.
     */
    public static int batchesInFlight(Config config) {
        return Math.max(1, (config.get(MAX_STALENESS) + 1) / 2);
    }

    /** The seed of the n-th task. */
    public static long taskSeed(Config config, long sequence) {
        return config.get(SEED) * 1_000_003 + sequence;
    }

    /** @param taskSeed of one task */
    public static SamplingParameters sampling(Config config, long taskSeed) {
        return new SamplingParameters(config.get(TEMPERATURE), config.get(TOP_P), config.get(MAX_NEW_TOKENS), taskSeed);
    }
}
