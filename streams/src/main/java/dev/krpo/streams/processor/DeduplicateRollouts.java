package dev.krpo.streams.processor;

import dev.krpo.schemas.serde.EncodedRollout;
import dev.krpo.streams.store.PromptKey;
import dev.krpo.streams.store.RecentIds;
import java.util.List;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Drops rollouts whose id was seen before, because tasks may be delivered more than once; the sensor {@code duplicates}
 * of the scope {@code krpo} counts them. Forwards all others as groups of one.
 */
public final class DeduplicateRollouts
        extends ContextualProcessor<String, SourcedRollout, String, List<SourcedRollout>> {

    private final int remembered;
    private RecentIds seen;
    private Sensor duplicates;

    /** @param remembered number of ids kept per prompt */
    public DeduplicateRollouts(int remembered) {
        this.remembered = remembered;
    }

    @Override
    public void init(ProcessorContext<String, List<SourcedRollout>> context) {
        super.init(context);
        seen = new RecentIds(RecentIds.Kind.ROLLOUT, context.getStateStore(TopologyNames.RECENT_IDS), remembered);
        duplicates = context.metrics()
                .addRateTotalSensor("krpo", context.taskId().toString(), "duplicates", Sensor.RecordingLevel.INFO);
    }

    @Override
    public void process(Record<String, SourcedRollout> record) {
        EncodedRollout rollout = record.value().rollout();
        if (seen.add(PromptKey.of(rollout), rollout.rolloutId())) {
            context().forward(record.withValue(List.of(record.value())));
        } else {
            duplicates.record();
        }
    }
}
