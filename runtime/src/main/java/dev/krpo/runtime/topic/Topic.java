package dev.krpo.runtime.topic;

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
    PROMPTS("prompts", Prompt.class, Keeps.NEWEST_OF_KEY, Spread.BY_KEY),
    ROLLOUT_TASKS("rollout-tasks", RolloutTask.class, Keeps.RETENTION, Spread.SHARED),
    ROLLOUTS("rollouts", Rollout.class, Keeps.RETENTION, Spread.BY_KEY),
    ADVANTAGES("advantages", AdvantageSample.class, Keeps.RETENTION, Spread.BY_KEY),
    BASELINES("baselines", KalmanState.class, Keeps.NEWEST_OF_KEY, Spread.BY_KEY),
    POLICY_VERSIONS("policy-versions", PolicyVersion.class, Keeps.FOREVER, Spread.ONE_SEQUENCE),
    TRAINING_STEPS("training-steps", TrainingStep.class, Keeps.FOREVER, Spread.ONE_SEQUENCE),
    DEAD_LETTERS("dead-letters", DeadLetter.class, Keeps.RETENTION, Spread.BY_KEY);

    /** Which records a topic keeps. */
    enum Keeps {
        /** The newest value of each key. */
        NEWEST_OF_KEY,
        /** What is younger than {@code topics.retentionMs}. */
        RETENTION,
        /** Everything: without the last version and step a restart would begin with the base model. */
        FOREVER
    }

    /** Partitioning scheme of a topic. */
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
    private final Keeps keeps;
    private final Spread spread;

    Topic(String suffix, Class<? extends SpecificRecordBase> valueType, Keeps keeps, Spread spread) {
        this.suffix = suffix;
        this.valueType = valueType;
        this.keeps = keeps;
        this.spread = spread;
    }

    /** The name behind the prefix. */
    public String suffix() {
        return suffix;
    }

    public Class<? extends SpecificRecordBase> valueType() {
        return valueType;
    }

    /** Whether only the newest value of a key is kept, forever. */
    public boolean compacted() {
        return keeps == Keeps.NEWEST_OF_KEY;
    }

    /** Whether every record is kept forever. */
    public boolean keptForever() {
        return keeps == Keeps.FOREVER;
    }

    Spread spread() {
        return spread;
    }
}
