package dev.krpo.trainer.run;

import dev.krpo.learner.TrainingSequence;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.SampleRef;
import dev.krpo.schemas.serde.PrimitiveArrays;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A record of {@code advantages} on its way to the learner.
 *
 * @param record as it was read
 * @param sample null when the record cannot be read or is not for this policy; its offset still moves on
 * @param unusable why it is not trained on; null when it is
 */
public record Sample(ConsumerRecord<byte[], byte[]> record, AdvantageSample sample, String unusable) {

    /** A dead letter says why. */
    static final String REFUSED = "refused";

    static final String OTHER_POLICY = "other-policy";

    /** A sample to train on, unless the group filter left it out. */
    public static Sample of(ConsumerRecord<byte[], byte[]> record, AdvantageSample sample) {
        String leftOut = sample.getLeftOut();
        return new Sample(record, sample, leftOut.isEmpty() ? null : leftOut);
    }

    static Sample unusable(ConsumerRecord<byte[], byte[]> record, String why) {
        return new Sample(record, null, why);
    }

    /** The sample is read, and still not trained on. */
    static Sample refused(ConsumerRecord<byte[], byte[]> record, AdvantageSample sample) {
        return new Sample(record, sample, REFUSED);
    }

    SampleRef ref() {
        return new SampleRef(record.partition(), record.offset());
    }

    /** Task whose demand it meets; empty if the record does not say. */
    String taskId() {
        return sample == null ? "" : sample.getRollout().getTaskId();
    }

    String rolloutId() {
        return sample.getRollout().getRolloutId();
    }

    /** Of prompt and completion together. */
    int tokens() {
        return sample.getRollout().getPromptTokens().size()
                + sample.getRollout().getCompletionTokens().size();
    }

    /** What the learner needs of it. */
    public TrainingSequence sequence() {
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
