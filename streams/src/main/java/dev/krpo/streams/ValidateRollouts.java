package dev.krpo.streams;

import dev.krpo.schemas.serde.EncodedRollout;
import dev.krpo.streams.estimator.Estimator;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.Record;

/** Lets pass what keeps the promises of the schema's documentation and what the estimator can take. */
final class ValidateRollouts extends RefusingProcessor<String, SourcedRollout> {

    private final Estimator estimator;

    ValidateRollouts(String sourceTopic, Estimator estimator) {
        super(sourceTopic);
        this.estimator = estimator;
    }

    @Override
    public void process(Record<String, SourcedRollout> record) {
        SourcedRollout rollout = record.value();
        RolloutRules.firstBroken(rollout.source().key(), rollout.rollout())
                .or(() -> objection(rollout.rollout()))
                .ifPresentOrElse(
                        refusal -> refuse(rollout, refusal), () -> context().forward(record, KrpoTopology.DEDUPLICATE));
    }

    private Optional<Refusal> objection(EncodedRollout rollout) {
        return estimator
                .objection(rollout.reward(), rollout.rewardComponents())
                .map(objection -> new Refusal(objection.reason(), objection.detail()));
    }
}
