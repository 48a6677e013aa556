package dev.krpo.streams.processor;

import dev.krpo.runtime.rules.Rejection;
import dev.krpo.schemas.serde.EncodedRollout;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.schemas.serde.UndecodableRecordException;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** Decodes rollouts. No bytes, however malformed, stop the topology. */
public final class DecodeRollouts extends RejectingProcessor<byte[], byte[]> {

    public DecodeRollouts(String sourceTopic) {
        super(sourceTopic);
    }

    @Override
    public void process(Record<byte[], byte[]> source) {
        RecordMetadata metadata = context()
                .recordMetadata()
                .orElseThrow(() -> new IllegalStateException("a record of a topic has a partition and an offset"));
        long size = size(source);
        if (size > RecordLimits.MAX_ROLLOUT_BYTES) {
            reject(
                    source.withHeaders(new RecordHeaders()),
                    metadata.partition(),
                    metadata.offset(),
                    new Rejection(
                            "too-large",
                            "key, value and headers of the rollout have " + size + " bytes, more than "
                                    + RecordLimits.MAX_ROLLOUT_BYTES
                                    + ", so its sample would not fit into a record; shorten the completion"));
            return;
        }
        try {
            EncodedRollout rollout = EncodedRollout.read(source.value());
            context()
                    .forward(
                            source.withKey(rollout.promptId())
                                    .withValue(new SourcedRollout(
                                            rollout, source, metadata.partition(), metadata.offset())),
                            TopologyNames.VALIDATE);
        } catch (UndecodableRecordException e) {
            reject(source, metadata.partition(), metadata.offset(), new Rejection(e.reason(), e.getMessage()));
        }
    }

    private static long size(Record<byte[], byte[]> source) {
        long size = length(source.key()) + length(source.value());
        for (Header header : source.headers()) {
            // Malformed UTF-8 in a header's name has become longer.
            size += header.key().getBytes(StandardCharsets.UTF_8).length + length(header.value());
        }
        return size;
    }

    private static long length(byte[] bytes) {
        return bytes == null ? 0 : bytes.length;
    }
}
