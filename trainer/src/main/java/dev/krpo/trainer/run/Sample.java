package dev.krpo.trainer.run;

import dev.krpo.learner.TrainingSequence;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.SampleRef;
import dev.krpo.schemas.serde.PrimitiveArrays;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A consumed record of {@code advantages}, queued for the learner.
 *
 * @param record as read
 * @param sample null if the record cannot be read or is not for this policy; its offset still advances
 * @param unusable the reason not to train on it; null if it is trained on
 */
public record Sample(ConsumerRecord<byte[], byte[]> record, AdvantageSample sample, String unusable) {

    /** As recorded in training steps. A dead letter states the reason. */
    static final String REJECTED = "refused";

    static final String OTHER_POLICY = "other-policy";

    /** A sample to train on, unless the group filter excluded it. */
    public static Sample of(ConsumerRecord<byte[], byte[]> record, AdvantageSample sample) {
        String leftOut = sample.getLeftOut();
        return new Sample(record, sample, leftOut.isEmpty() ? null : leftOut);
    }

    static Sample unusable(ConsumerRecord<byte[], byte[]> record, String why) {
        return new Sample(record, null, why);
    }

    /** A sample that is readable, but not trained on. */
    static Sample rejected(ConsumerRecord<byte[], byte[]> record, AdvantageSample sample) {
        return new Sample(record, sample, REJECTED);
    }

    SampleRef ref() {
        return new SampleRef(record.partition(), record.offset());
    }

    /** Id of the task that it belongs to; empty if the record does not contain it. */
    String taskId() {
        return sample == null ? "" : sample.getRollout().getTaskId();
    }

    String rolloutId() {
        return sample.getRollout().getRolloutId();
    }

    /** Total number of tokens in prompt and completion. */
    int tokens() {
        return sample.getRollout().getPromptTokens().size()
                + sample.getRollout().getCompletionTokens().size();
    }

    /** The learner's input for this sample. */
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
