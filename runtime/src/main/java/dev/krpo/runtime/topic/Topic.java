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

/** The topics of a run, with their contents and retention. */
public enum Topic {
    PROMPTS("prompts", Prompt.class, Keeps.NEWEST_OF_KEY, Spread.BY_KEY),
    ROLLOUT_TASKS("rollout-tasks", RolloutTask.class, Keeps.RETENTION, Spread.SHARED),
    ROLLOUTS("rollouts", Rollout.class, Keeps.RETENTION, Spread.BY_KEY),
    ADVANTAGES("advantages", AdvantageSample.class, Keeps.RETENTION, Spread.BY_KEY),
    BASELINES("baselines", KalmanState.class, Keeps.NEWEST_OF_KEY, Spread.BY_KEY),
    POLICY_VERSIONS("policy-versions", PolicyVersion.class, Keeps.FOREVER, Spread.ONE_SEQUENCE),
    TRAINING_STEPS("training-steps", TrainingStep.class, Keeps.FOREVER, Spread.ONE_SEQUENCE),
    DEAD_LETTERS("dead-letters", DeadLetter.class, Keeps.RETENTION, Spread.BY_KEY);

    /** Retention of a topic's records. */
    enum Keeps {
        /** Compacted: the newest value per key. */
        NEWEST_OF_KEY,
        /** Records younger than {@code topics.retentionMs}. */
        RETENTION,
        /** All records: without the last version and step, a restart would begin with the base model. */
        FOREVER
    }

    /** Partitioning scheme of a topic. */
    enum Spread {
        /** Partitioned by key into {@code topics.partitions}. */
        BY_KEY,
        /** A single partition, because the order over the whole topic matters. */
        ONE_SEQUENCE,
        /**
         * {@code topics.taskPartitions} partitions; a share group distributes one partition's records over many
         * workers.
         */
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

    /** The name without the prefix. */
    public String suffix() {
        return suffix;
    }

    public Class<? extends SpecificRecordBase> valueType() {
        return valueType;
    }

    /** True if only the newest value per key is kept, forever. */
    public boolean compacted() {
        return keeps == Keeps.NEWEST_OF_KEY;
    }

    /** True if every record is kept forever. */
    public boolean keptForever() {
        return keeps == Keeps.FOREVER;
    }

    Spread spread() {
        return spread;
    }
}
