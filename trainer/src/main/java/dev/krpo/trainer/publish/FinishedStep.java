package dev.krpo.trainer.publish;

import dev.krpo.policy.checkpoint.HostTensor;
import dev.krpo.schemas.TrainingStep;
import java.util.Map;

/** An optimizer step that was taken and not yet published. */
public record FinishedStep(TrainingStep step, Map<String, HostTensor> weights, Map<String, HostTensor> optimizer) {

    /** Tells the publisher that no step follows. */
    public static FinishedStep end() {
        return new FinishedStep(null, Map.of(), Map.of());
    }

    public boolean isEnd() {
        return step == null;
    }
}
