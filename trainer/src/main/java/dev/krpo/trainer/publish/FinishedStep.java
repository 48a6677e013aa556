package dev.krpo.trainer.publish;

import dev.krpo.policy.checkpoint.HostTensor;
import dev.krpo.schemas.TrainingStep;
import java.util.Map;

/** An optimizer step that has been taken but not yet published. */
public record FinishedStep(TrainingStep step, Map<String, HostTensor> weights, Map<String, HostTensor> optimizer) {

    /** Signals to the publisher that no step follows. */
    public static FinishedStep end() {
        return new FinishedStep(null, Map.of(), Map.of());
    }

    public boolean isEnd() {
        return step == null;
    }
}
