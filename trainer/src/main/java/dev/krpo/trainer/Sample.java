package dev.krpo.trainer;

import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.trainer.learner.TrainingSequence;

/**
 * A record of {@code advantages} on its way to the learner.
 *
 * @param sample null when the record cannot be read or is not for this policy; its offset still moves on
 * @param unusable why it is not trained on; null when it is
 */
record Sample(int partition, long offset, AdvantageSample sample, String unusable) {

    /** A dead letter says why. */
    static final String REFUSED = "refused";

    static final String OTHER_POLICY = "other-policy";

    /** A sample to train on, unless the group filter left it out. */
    static Sample of(int partition, long offset, AdvantageSample sample) {
        String leftOut = sample.getLeftOut();
        return new Sample(partition, offset, sample, leftOut.isEmpty() ? null : leftOut);
    }

    static Sample unusable(int partition, long offset, String why) {
        return new Sample(partition, offset, null, why);
    }

    /** What the learner needs of it. */
    TrainingSequence sequence() {
        Rollout rollout = sample.getRollout();
        return new TrainingSequence(
                PrimitiveArrays.toInts(rollout.getPromptTokens()),
                PrimitiveArrays.toInts(rollout.getCompletionTokens()),
                TrainingSequence.wholeVocabulary(
                        PrimitiveArrays.toFloats(rollout.getBehaviourLogProbs()),
                        PrimitiveArrays.toFloats(rollout.getNucleusLogMass())),
                rollout.getSampling().getTemperature(),
                sample.getAdvantage());
    }
}
