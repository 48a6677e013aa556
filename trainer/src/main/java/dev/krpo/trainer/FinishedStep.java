package dev.krpo.trainer;

import dev.krpo.policy.checkpoint.HostTensor;
import dev.krpo.schemas.TrainingStep;
import java.util.Map;

/** An optimizer step that was taken and not yet published. */
record FinishedStep(TrainingStep step, Map<String, HostTensor> weights, Map<String, HostTensor> optimizer) {

    /** Tells the publisher that no step follows. */
    static FinishedStep end() {
        return new FinishedStep(null, Map.of(), Map.of());
    }

    boolean isEnd() {
        return step == null;
    }
}
