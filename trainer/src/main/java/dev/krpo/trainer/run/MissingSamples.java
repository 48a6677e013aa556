package dev.krpo.trainer.run;

import dev.krpo.runtime.rules.PromptFault;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.trainer.schedule.InFlightBudget;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows {@code dead-letters} from its end and tells the scheduler which samples will never arrive, and which prompts
 * are unusable.
 */
final class MissingSamples implements Runnable, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(MissingSamples.class);

    private final String rollouts;
    private final String tasks;
    private final String policy;
    private final int maxNewTokens;
    private final InFlightBudget demand;
    private final BiConsumer<String, String> unusablePrompt;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final RecordSerde<DeadLetter> letters = RecordSerde.of(DeadLetter.class);
    private final RecordSerde<Rollout> rolloutSerde = RecordSerde.of(Rollout.class);
    private final RecordSerde<RolloutTask> taskSerde = RecordSerde.of(RolloutTask.class);
    private volatile boolean running = true;

    /**
     * Records that are rejected after this returns are not missed.
     *
     * @param unusablePrompt receives the id of an unusable prompt, and the reason
     */
    MissingSamples(TrainerSettings settings, InFlightBudget demand, BiConsumer<String, String> unusablePrompt) {
        this.demand = demand;
        this.unusablePrompt = unusablePrompt;
        this.rollouts = settings.catalogue().name(Topic.ROLLOUTS);
        this.policy = settings.get(PolicySettings.NAME);
        this.maxNewTokens = settings.get(SchedulerSettings.MAX_NEW_TOKENS);
        this.tasks = settings.catalogue().name(Topic.ROLLOUT_TASKS);
        this.consumer = settings.cluster().consumer();
        List<TopicPartition> partitions = settings.catalogue().topicPartitions(Topic.DEAD_LETTERS);
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        // seekToEnd is lazy: it is evaluated when the position is first used.
        partitions.forEach(consumer::position);
    }

    @Override
    public void run() {
        try (consumer) {
            while (running) {
                consumer.poll(Duration.ofMillis(500)).forEach(this::read);
            }
        } catch (WakeupException e) {
            LOG.debug("stopping", e);
        }
    }

    private void read(ConsumerRecord<byte[], byte[]> record) {
        try {
            DeadLetter letter = letters.decode(record.value());
            // First, so that no further task uses the prompt.
            if (PromptFault.isReason(letter.getReason()) && letter.getValue() != null) {
                excludePrompt(letter, record);
            }
            if (!letter.getTaskId().isEmpty()) {
                demand.missing(letter.getTaskId(), letter.getSamples());
            } else if (letter.getValue() != null) {
                missing(letter.getSourceTopic(), letter.getValue());
            }
        } catch (UndecodableRecordException e) {
            LOG.debug("{}@{} contains no readable task", record.topic(), record.offset(), e);
        }
    }

    private void excludePrompt(DeadLetter letter, ConsumerRecord<byte[], byte[]> record) {
        try {
            RolloutTask task = taskSerde.decode(bytes(letter.getValue()));
            boolean askedForMore = task.getSampling().getMaxNewTokens() > maxNewTokens;
            // A prompt may be too long for a foreign or older task but fit those of this trainer.
            boolean ours = !(letter.getReason().equals(PromptFault.TOO_LONG.reason()) && askedForMore);
            if (ours && task.getPolicyName().equals(policy)) {
                unusablePrompt.accept(task.getPromptId(), letter.getDetail());
            }
        } catch (UndecodableRecordException e) {
            LOG.debug("{}@{} does not contain the task of its prompt", record.topic(), record.offset(), e);
        }
    }

    /** Handles a letter of an earlier release, which does not name the task. */
    private void missing(String sourceTopic, ByteBuffer value) {
        byte[] bytes = bytes(value);
        if (sourceTopic.equals(rollouts)) {
            demand.missing(rolloutSerde.decode(bytes).getTaskId(), 1);
        } else if (sourceTopic.equals(tasks)) {
            RolloutTask task = taskSerde.decode(bytes);
            demand.missing(task.getTaskId(), task.getGroupSize());
        }
    }

    private static byte[] bytes(ByteBuffer value) {
        byte[] bytes = new byte[value.remaining()];
        value.duplicate().get(bytes);
        return bytes;
    }

    @Override
    public void close() {
        running = false;
        consumer.wakeup();
    }
}
