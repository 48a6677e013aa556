package dev.krpo.streams;

import org.apache.kafka.streams.processor.api.Record;

/** Lets pass what keeps the promises of the schema's documentation. */
final class ValidateRollouts extends RefusingProcessor<String, SourcedRollout> {

    ValidateRollouts(String sourceTopic) {
        super(sourceTopic);
    }

    @Override
    public void process(Record<String, SourcedRollout> record) {
        SourcedRollout rollout = record.value();
        RolloutRules.firstBroken(rollout.source().key(), rollout.rollout())
                .ifPresentOrElse(
                        refusal -> refuse(rollout, refusal), () -> context().forward(record, KrpoTopology.DEDUPLICATE));
    }
}
