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
    PROMPTS("prompts", Prompt.class, true, false),
    ROLLOUT_TASKS("rollout-tasks", RolloutTask.class, false, false),
    ROLLOUTS("rollouts", Rollout.class, false, false),
    ADVANTAGES("advantages", AdvantageSample.class, false, false),
    BASELINES("baselines", KalmanState.class, true, false),
    POLICY_VERSIONS("policy-versions", PolicyVersion.class, false, true),
    TRAINING_STEPS("training-steps", TrainingStep.class, false, true),
    DEAD_LETTERS("dead-letters", DeadLetter.class, false, false);

    private final String suffix;
    private final Class<? extends SpecificRecordBase> valueType;
    private final boolean compacted;
    private final boolean ordered;

    Topic(String suffix, Class<? extends SpecificRecordBase> valueType, boolean compacted, boolean ordered) {
        this.suffix = suffix;
        this.valueType = valueType;
        this.compacted = compacted;
        this.ordered = ordered;
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

    /** Whether the whole topic is one sequence and so has one partition. */
    public boolean ordered() {
        return ordered;
    }
}
