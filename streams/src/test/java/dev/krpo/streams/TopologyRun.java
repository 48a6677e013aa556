package dev.krpo.streams;

import dev.krpo.estimators.Belief;
import dev.krpo.estimators.Estimate;
import dev.krpo.estimators.Estimator;
import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.State;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.testkit.EmbeddedRun;
import dev.krpo.testkit.TestBroker;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.awaitility.Awaitility;

/** A run with the topology as its only role. */
final class TopologyRun extends EmbeddedRun {

    private TopologyRun(TestBroker broker, String prefix, Path stateDir) {
        super(broker.bootstrapServers(), prefix);
        set("streams.stateDir", stateDir);
    }

    /** A run without topics, closed after the test. */
    static TopologyRun of(TestBroker broker, String prefix, Path stateDir) {
        return broker.closing(new TopologyRun(broker, prefix, stateDir));
    }

    @Override
    public TopologyRun createTopics() {
        super.createTopics();
        return this;
    }

    StreamsApp startApp() {
        StreamsApp app = start(new StreamsApp(config()));
        Awaitility.await().atMost(PATIENCE).until(app::isRunning);
        return app;
    }

    void produce(List<Rollout> rollouts) {
        rollouts.forEach(rollout -> send(Topic.ROLLOUTS, rollout.getPromptId(), rollout));
        flush();
    }

    List<AdvantageSample> advantages(int count) {
        return await(Topic.ADVANTAGES, AdvantageSample.class, count);
    }

    /** The uninterrupted result of krpo on the rollouts topic, computed with the estimator alone. */
    List<Double> uninterrupted(int count) {
        Estimator estimator = Estimators.of(config());
        RecordSerde<Rollout> serde = RecordSerde.of(Rollout.class);
        Map<String, Belief> beliefs = new HashMap<>();
        Map<String, Long> seen = new HashMap<>();
        List<Double> advantages = new ArrayList<>();
        awaitCount(Topic.ROLLOUTS, count);
        for (ConsumerRecord<byte[], byte[]> record : records(Topic.ROLLOUTS)) {
            Rollout rollout = serde.decode(record.value());
            if (seen.putIfAbsent(rollout.getRolloutId(), record.offset()) != null) {
                continue;
            }
            String prompt = "prompt " + rollout.getPromptId();
            String dataset = "dataset " + record.partition();
            Estimate estimate = estimator.estimate(
                    new State(beliefs.get(prompt), beliefs.get(dataset)),
                    List.of(Rollouts.observation(
                            rollout.getReward(), rollout.getVersionRuns().get(0).getPolicyVersion())));
            beliefs.put(prompt, estimate.state().prompt());
            beliefs.put(dataset, estimate.state().dataset());
            advantages.add(estimate.advantages().get(0).advantage());
        }
        return advantages;
    }
}
