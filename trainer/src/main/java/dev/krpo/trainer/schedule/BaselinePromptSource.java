package dev.krpo.trainer.schedule;

import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.RewardRange;
import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.KalmanState;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.trainer.settings.TrainerSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells another source the beliefs that {@code baselines} holds for the trainer's policy and each prompt's dataset. */
final class BaselinePromptSource implements PromptSource {

    private static final Logger LOG = LoggerFactory.getLogger(BaselinePromptSource.class);
    private static final int ANSWERS_UNTIL_WARNING = 100;

    private final String topic;
    private final String policyName;
    private final RewardRange rewards;
    private final Function<String, Optional<Prompt>> loaded;
    private final PromptSource prompts;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final RecordSerde<KalmanState> serde = RecordSerde.of(KalmanState.class);
    private boolean believes;
    private int answersWithoutBelief;

    /**
     * Reads the topic to its current end.
     *
     * @param prompts source that chooses by these beliefs
     * @param loaded finds a prompt by its id
     * @throws org.apache.kafka.common.errors.TimeoutException if that takes longer than {@code limit}
     */
    BaselinePromptSource(
            TrainerSettings settings, PromptSource prompts, Function<String, Optional<Prompt>> loaded, Duration limit) {
        policyName = settings.get(PolicySettings.NAME);
        rewards = settings.get(Estimators.REWARD_RANGE);
        this.loaded = loaded;
        topic = settings.catalogue().name(Topic.BASELINES);
        this.prompts = prompts;
        consumer = settings.cluster().consumer();
        List<TopicPartition> partitions = CommittedRecords.partitions(consumer, topic);
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        CommittedRecords.readTo(consumer, consumer.endOffsets(partitions, limit), limit, this::apply);
    }

    @Override
    public String next(long sequence) {
        return prompts.next(sequence);
    }

    @Override
    public void answered(String promptId) {
        prompts.answered(promptId);
        if (!believes && ++answersWithoutBelief == ANSWERS_UNTIL_WARNING) {
            LOG.warn(
                    "{} tasks have ended and {} is empty, so all prompts are sampled uniformly; only a persistent"
                            + " filter writes there: set"
                            + " estimator.name to krpo for `krpo streams`, or {} to {}",
                    answersWithoutBelief,
                    topic,
                    PromptSources.NAME,
                    PromptSources.NAME.standard());
        }
    }

    @Override
    public void exclude(String promptId) {
        prompts.exclude(promptId);
    }

    @Override
    public void setPrompts(Set<String> promptIds) {
        prompts.setPrompts(promptIds);
    }

    @Override
    public void refresh() {
        ConsumerRecords<byte[], byte[]> records;
        do {
            records = consumer.poll(Duration.ZERO);
            records.forEach(this::apply);
        } while (!records.isEmpty());
    }

    private void apply(ConsumerRecord<byte[], byte[]> record) {
        try {
            KalmanState state = serde.decode(record.value());
            if (concerns(state)) {
                prompts.update(
                        state.getPromptId(),
                        rewards.share(state.getMean()),
                        rewards.shareOfVariance(state.getVariance()));
                believes = true;
            }
        } catch (UndecodableRecordException | IllegalArgumentException e) {
            LOG.warn("skipped {}-{}@{}: {}", topic, record.partition(), record.offset(), e.getMessage());
        }
    }

    /** Records of earlier builds do not name the policy. */
    private boolean concerns(KalmanState state) {
        boolean ownPolicy =
                state.getPolicyName().isEmpty() || state.getPolicyName().equals(policyName);
        return ownPolicy
                && loaded.apply(state.getPromptId())
                        .map(prompt -> prompt.getDataset().equals(state.getDataset()))
                        .orElse(true);
    }

    @Override
    public void close() {
        consumer.close();
    }
}
