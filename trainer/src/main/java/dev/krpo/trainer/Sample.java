package dev.krpo.trainer;

import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.trainer.learner.TrainingSequence;

/**
 * A record of {@code advantages} on its way to the learner.
 *
 * @param sample null when the record cannot be trained on; its offset still moves on
 */
record Sample(int partition, long offset, AdvantageSample sample) {

    /** What the learner needs of it. */
    TrainingSequence sequence() {
        Rollout rollout = sample.getRollout();
        return new TrainingSequence(
                PrimitiveArrays.toInts(rollout.getPromptTokens()),
                PrimitiveArrays.toInts(rollout.getCompletionTokens()),
                PrimitiveArrays.toFloats(rollout.getBehaviourLogProbs()),
                rollout.getSampling().getTemperature(),
                sample.getAdvantage());
    }
}
