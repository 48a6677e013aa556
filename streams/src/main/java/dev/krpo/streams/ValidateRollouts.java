package dev.krpo.streams;

import org.apache.kafka.streams.processor.api.Record;

/** Lets pass what keeps the promises of the schema's documentation and what estimator and group filter can take. */
final class ValidateRollouts extends RefusingProcessor<String, SourcedRollout> {

    private final GroupRules rules;

    ValidateRollouts(String sourceTopic, GroupRules rules) {
        super(sourceTopic);
        this.rules = rules;
    }

    @Override
    public void process(Record<String, SourcedRollout> record) {
        SourcedRollout rollout = record.value();
        RolloutRules.firstBroken(rollout.source().key(), rollout.rollout())
                .or(() -> rules.objection(
                        rollout.rollout().reward(), rollout.rollout().rewardComponents()))
                .ifPresentOrElse(
                        refusal -> refuse(rollout, refusal), () -> context().forward(record, KrpoTopology.DEDUPLICATE));
    }
}
