package dev.krpo.streams.processor;

import dev.krpo.estimators.Objection;
import dev.krpo.runtime.rules.Rejection;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.serde.DeadLetters;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/** A processor that sends rejected records to {@code dead-letters}. */
abstract class RejectingProcessor<K, V> extends ContextualProcessor<K, V, Object, Object> {

    private static final String COMPONENT = "topology";

    private final String sourceTopic;

    RejectingProcessor(String sourceTopic) {
        this.sourceTopic = sourceTopic;
    }

    static Optional<Rejection> rejection(Optional<Objection> objection) {
        return objection.map(broken -> new Rejection(broken.reason(), broken.detail()));
    }

    /** The letter tells the scheduler not to wait for this sample of its task. */
    final void reject(SourcedRollout rollout, Rejection rejection) {
        reject(
                rollout.source(),
                rollout.partition(),
                rollout.offset(),
                rejection,
                rollout.rollout().taskId(),
                1);
    }

    /** Rejects a record that could not be decoded, so that its task is unknown. */
    final void reject(Record<byte[], byte[]> source, int partition, long offset, Rejection rejection) {
        reject(source, partition, offset, rejection, "", 0);
    }

    private void reject(
            Record<byte[], byte[]> source,
            int partition,
            long offset,
            Rejection rejection,
            String taskId,
            int samples) {
        DeadLetter letter = DeadLetters.letter(
                sourceTopic,
                partition,
                offset,
                source.key(),
                source.value(),
                rejection.reason(),
                rejection.detail(),
                COMPONENT,
                context().currentSystemTimeMs(),
                taskId,
                samples);
        context()
                .forward(
                        new Record<>(DeadLetters.key(letter), letter, source.timestamp(), source.headers()),
                        TopologyNames.DEAD_LETTERS_SINK);
    }
}
