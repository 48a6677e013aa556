package dev.krpo.streams;

import dev.krpo.schemas.serde.EncodedRollout;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.schemas.serde.UndecodableRecordException;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** Bytes to rollouts. Whatever the bytes are, they do not stop the topology. */
final class DecodeRollouts extends RefusingProcessor<byte[], byte[]> {

    /** A sample is its rollout and a little more, and must still fit into a message. */
    static final int MAX_ROLLOUT_BYTES = RecordLimits.MAX_BYTES - (1 << 20);

    DecodeRollouts(String sourceTopic) {
        super(sourceTopic);
    }

    @Override
    public void process(Record<byte[], byte[]> source) {
        RecordMetadata metadata = context()
                .recordMetadata()
                .orElseThrow(() -> new IllegalStateException("a record of a topic has a partition and an offset"));
        int size = source.value() == null ? 0 : source.value().length;
        if (size > MAX_ROLLOUT_BYTES) {
            refuse(
                    source.withValue(null),
                    metadata.partition(),
                    metadata.offset(),
                    new Refusal(
                            "too-large",
                            "the rollout has " + size + " bytes, more than " + MAX_ROLLOUT_BYTES
                                    + ", so its sample would not fit into a message; shorten the completion. The bytes are"
                                    + " not repeated here: read them from the source topic"));
            return;
        }
        try {
            EncodedRollout rollout = EncodedRollout.read(source.value());
            context()
                    .forward(
                            source.withKey(rollout.promptId())
                                    .withValue(new SourcedRollout(
                                            rollout, source, metadata.partition(), metadata.offset())),
                            KrpoTopology.VALIDATE);
        } catch (UndecodableRecordException e) {
            refuse(source, metadata.partition(), metadata.offset(), new Refusal(e.reason(), e.getMessage()));
        }
    }
}
