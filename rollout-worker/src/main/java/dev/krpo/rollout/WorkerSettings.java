package dev.krpo.rollout;

import dev.krpo.rollout.reward.Reward;
import dev.krpo.schemas.settings.KafkaSettings;
import dev.krpo.schemas.settings.PolicySettings;
import dev.krpo.schemas.settings.TopicSettings;
import dev.krpo.schemas.topic.TopicCatalogue;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;

/** How a rollout worker runs. */
public final class WorkerSettings extends AbstractConfig {

    private static final String ID = "worker.id";
    private static final String REWARD = "worker.reward";
    private static final String BATCH_TASKS = "worker.batchTasks";
    private static final String BATCH_ROWS = "worker.batchRows";
    private static final String POLL_MS = "worker.pollMs";

    public static final ConfigDef DEFINITION = new ConfigDef()
            .define(ID, Type.STRING, "", Importance.LOW, "Recorded in each rollout; made up when empty.")
            .define(
                    REWARD,
                    Type.STRING,
                    "exact-match",
                    ConfigDef.ValidString.in(Reward.names().toArray(new String[0])),
                    Importance.HIGH,
                    "What scores a completion. exact-match: 1 when it is the answer, else 0. answer-tag: text inside <answer> equal 1, contained 0.5, present 0.01, absent 0.")
            .define(
                    BATCH_TASKS,
                    Type.INT,
                    128,
                    ConfigDef.Range.between(1, 10_000),
                    Importance.MEDIUM,
                    "Tasks taken at once. More fill the device better, fewer are spread more evenly over workers.")
            .define(
                    BATCH_ROWS,
                    Type.INT,
                    256,
                    ConfigDef.Range.between(1, 100_000),
                    Importance.MEDIUM,
                    "Completions generated in one batch; a group is never split, so one larger group is a batch of its own.")
            .define(
                    POLL_MS,
                    Type.LONG,
                    500L,
                    ConfigDef.Range.between(1, 60_000),
                    Importance.LOW,
                    "How long to wait for tasks before looking again whether to stop, milliseconds.");

    private final KafkaSettings kafka;
    private final TopicCatalogue catalogue;
    private final PolicySettings policy;
    private final String id;

    public WorkerSettings(Map<String, ?> config) {
        super(DEFINITION, config, false);
        kafka = new KafkaSettings(config);
        catalogue = new TopicCatalogue(new TopicSettings(config));
        policy = new PolicySettings(config);
        id = getString(ID).isBlank() ? "worker-" + UUID.randomUUID() : getString(ID);
    }

    public KafkaSettings kafka() {
        return kafka;
    }

    public TopicCatalogue catalogue() {
        return catalogue;
    }

    public PolicySettings policy() {
        return policy;
    }

    public String id() {
        return id;
    }

    public Reward reward() {
        return Reward.named(getString(REWARD));
    }

    public int batchTasks() {
        return getInt(BATCH_TASKS);
    }

    public int batchRows() {
        return getInt(BATCH_ROWS);
    }

    public long pollMs() {
        return getLong(POLL_MS);
    }
}
