package dev.krpo.streams.reestimate;

import dev.krpo.estimators.Estimators;
import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.serde.EncodedRollout;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.settings.Config;
import dev.krpo.streams.reestimate.EstimatorScores.Estimated;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Scores the estimates in topics; holds one entry per rollout of the run in memory. */
public final class RecordedEstimates {

    private static final Logger LOG = LoggerFactory.getLogger(RecordedEstimates.class);
    private static final Duration READ_LIMIT = Duration.ofMinutes(30);

    private RecordedEstimates() {}

    /** The recorded estimator's score, followed by those of the results in the given order. */
    public static List<EstimatorScore> compare(Config run, List<Config> results) {
        Estimates recorded = estimates(run);
        List<Estimates> again =
                results.stream().map(RecordedEstimates::estimates).toList();
        // Rewards that every estimator rejected, such as 1e50, must not count as targets.
        Set<String> accepted = new HashSet<>(recorded.rolloutIds);
        again.forEach(result -> accepted.addAll(result.rolloutIds));
        EstimatorScores scores = new EstimatorScores();
        read(run, Topic.ROLLOUTS, record -> {
            EncodedRollout rollout = EncodedRollout.read(record.value());
            if (accepted.contains(rollout.rolloutId())) {
                scores.rollout(rollout.rolloutId(), rollout.promptId(), rollout.reward());
            }
        });
        List<EstimatorScore> table = new ArrayList<>();
        table.add(scores.recorded(recorded.estimator + " (recorded)", recorded.all));
        again.forEach(result -> table.add(scores.score(result.estimator, result.all)));
        return table;
    }

    /**
     * An estimator's results on a run.
     *
     * @param all estimates to train on
     * @param rolloutIds of everything estimated, including what the sample filter left out
     */
    private record Estimates(String estimator, List<Estimated> all, Set<String> rolloutIds) {}

    private static Estimates estimates(Config config) {
        RecordSerde<AdvantageSample> serde = RecordSerde.of(AdvantageSample.class);
        List<Estimated> all = new ArrayList<>();
        Set<String> rolloutIds = new HashSet<>();
        String[] estimator = {config.get(Estimators.NAME)};
        read(config, Topic.ADVANTAGES, record -> {
            AdvantageSample sample = serde.decode(record.value());
            estimator[0] = sample.getEstimator();
            rolloutIds.add(sample.getRollout().getRolloutId());
            if (sample.getLeftOut().isEmpty()) {
                all.add(new Estimated(sample.getRollout().getRolloutId(), sample.getBaseline(), sample.getAdvantage()));
            }
        });
        return new Estimates(estimator[0], all, rolloutIds);
    }

    private interface Each {
        void accept(ConsumerRecord<byte[], byte[]> record);
    }

    private static void read(Config config, Topic topic, Each each) {
        String name = new TopicCatalogue(config).name(topic);
        CommittedRecords.read(new KafkaSettings(config), name, READ_LIMIT, record -> {
            try {
                each.accept(record);
            } catch (UndecodableRecordException e) {
                LOG.info("{}-{}@{} is not counted", name, record.partition(), record.offset(), e);
            }
        });
    }
}
