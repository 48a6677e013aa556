package dev.krpo.cli;

import dev.krpo.runtime.cluster.KafkaTable;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.streams.StreamsApp;
import dev.krpo.testkit.EmbeddedRun;
import dev.krpo.trainer.run.Trainer;
import dev.krpo.worker.RolloutWorker;
import java.nio.file.Path;

/** A run of the whole pipeline on the questions and the base model of {@code examples/arithmetic}. */
final class ArithmeticRun extends EmbeddedRun {

    static final Path EXAMPLE = Path.of("..", "examples", "arithmetic");

    ArithmeticRun(String bootstrapServers, String prefix, Path directory) {
        super(bootstrapServers, prefix);
        set("streams.stateDir", directory.resolve("state-" + prefix));
        set("policy.baseModel", EXAMPLE.resolve("base-model"));
        set("policy.checkpoints", directory.resolve("checkpoints-" + prefix));
        set("policy.device", "cpu");
        set("scheduler.maxNewTokens", 6);
        set("scheduler.curriculum", "prioritised");
        set("trainer.batchSize", 64);
    }

    ArithmeticRun prepare() throws InterruptedException {
        createTopics();
        loadPrompts(EXAMPLE.resolve("train.jsonl"));
        return this;
    }

    StreamsApp startStreams() {
        return start(new StreamsApp(config()));
    }

    RolloutWorker startWorker() {
        return start(new RolloutWorker(config()));
    }

    Trainer startTrainer() {
        return start(new Trainer(config()));
    }

    /** The last announced version of policy default, ignoring records that cannot be decoded; 0 if there is none. */
    long newestVersion() {
        try (KafkaTable<PolicyVersion> versions =
                new KafkaTable<>(cluster().kafka(), name(Topic.POLICY_VERSIONS), RecordSerde.of(PolicyVersion.class))) {
            versions.catchUp(PATIENCE);
            return versions.get("default").map(PolicyVersion::getVersion).orElse(0L);
        }
    }
}
