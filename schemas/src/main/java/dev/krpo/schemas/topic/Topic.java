package dev.krpo.schemas.topic;

import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.KalmanState;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.TrainingStep;
import org.apache.avro.specific.SpecificRecordBase;

/** Every topic of a run, with what it holds and how it is kept. */
public enum Topic {
    PROMPTS("prompts", Prompt.class, true, Spread.BY_KEY),
    ROLLOUT_TASKS("rollout-tasks", RolloutTask.class, false, Spread.SHARED),
    ROLLOUTS("rollouts", Rollout.class, false, Spread.BY_KEY),
    ADVANTAGES("advantages", AdvantageSample.class, false, Spread.BY_KEY),
    BASELINES("baselines", KalmanState.class, true, Spread.BY_KEY),
    POLICY_VERSIONS("policy-versions", PolicyVersion.class, false, Spread.ONE_SEQUENCE),
    TRAINING_STEPS("training-steps", TrainingStep.class, false, Spread.ONE_SEQUENCE),
    DEAD_LETTERS("dead-letters", DeadLetter.class, false, Spread.BY_KEY);

    /** How the records of a topic lie in partitions. */
    enum Spread {
        /** By key over {@code topics.partitions}. */
        BY_KEY,
        /** The whole topic is one sequence, so it has one partition. */
        ONE_SEQUENCE,
        /** Over {@code topics.taskPartitions}; a share group hands one partition's records to many workers. */
        SHARED
    }

    private final String suffix;
    private final Class<? extends SpecificRecordBase> valueType;
    private final boolean compacted;
    private final Spread spread;

    Topic(String suffix, Class<? extends SpecificRecordBase> valueType, boolean compacted, Spread spread) {
        this.suffix = suffix;
        this.valueType = valueType;
        this.compacted = compacted;
        this.spread = spread;
    }

    /** The name behind the prefix. */
    public String suffix() {
        return suffix;
    }

    public Class<? extends SpecificRecordBase> valueType() {
        return valueType;
    }

    /** Whether only the newest value of a key is kept, for ever. */
    public boolean compacted() {
        return compacted;
    }

    Spread spread() {
        return spread;
    }
}
