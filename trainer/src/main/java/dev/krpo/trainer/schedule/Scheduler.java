package dev.krpo.trainer.schedule;

import dev.krpo.runtime.clock.SteadyClock;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.trainer.deadletter.DeadLetterWriter;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Issues tasks while there is demand. */
public final class Scheduler implements Runnable, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);
    private static final long IDLE_MS = 200;
    private static final long REFRESH_MS = 10_000;

    /** Keeps a large bound from filling memory with tasks that have not been sent yet. */
    private static final long TASKS_AT_ONCE = 1_000;

    private final TrainerSettings settings;
    private final int groupSize;
    private final InFlightBudget demand;
    private final LongSupplier policyVersion;
    private final BooleanSupplier mayIssue;
    private final PromptSource order;
    private final UsablePrompts prompts;
    private final KafkaProducer<byte[], byte[]> producer;
    private final Map<String, String> promptsInFlight = new HashMap<>();
    private final RecordSerde<RolloutTask> serde = RecordSerde.of(RolloutTask.class);
    private final AtomicLong sequence;
    private volatile boolean running = true;

    /**
     * @param mayIssue returns false while another trainer, whose tasks would get the same ids, may have taken over
     * @param deadLetters for prompts that cannot be read; the caller closes it
     * @param firstSequence sequence of the next task; must never have been used before
     */
    public Scheduler(
            TrainerSettings settings,
            InFlightBudget demand,
            LongSupplier policyVersion,
            BooleanSupplier mayIssue,
            DeadLetterWriter deadLetters,
            long firstSequence) {
        this.settings = settings;
        this.groupSize = settings.get(SchedulerSettings.GROUP_SIZE);
        this.demand = demand;
        this.policyVersion = policyVersion;
        this.mayIssue = mayIssue;
        this.sequence = new AtomicLong(firstSequence);
        this.order = PromptSources.of(settings.config());
        this.producer = settings.cluster().producer(Map.of("linger.ms", "2"));
        this.prompts = new UsablePrompts(settings, deadLetters);
    }

    /** Above the sequence of every task issued so far; thread-safe. */
    public long nextSequence() {
        return sequence.get();
    }

    @Override
    public void run() {
        try (prompts;
                producer;
                PromptSource source = source()) {
            long refreshedMs = SteadyClock.PROCESS.milliseconds();
            while (running) {
                long nowMs = SteadyClock.PROCESS.milliseconds();
                if (nowMs - refreshedMs > REFRESH_MS) {
                    prompts.catchUp();
                    refreshedMs = nowMs;
                    if (!prompts.isEmpty()) {
                        source.setPrompts(prompts.ids());
                    }
                }
                prompts.leaveOutUnusable(source::exclude);
                source.refresh();
                long room = mayIssue.getAsBoolean() && !prompts.isEmpty() ? demand.room(nowMs) / groupSize : 0;
                warnOfGivenUp(demand.takeGivenUp());
                int tasks = (int) Math.min(TASKS_AT_ONCE, room);
                demand.takeEnded().forEach(task -> source.answered(promptsInFlight.remove(task)));
                if (tasks == 0) {
                    demand.awaitChange(IDLE_MS);
                } else {
                    issue(source, tasks, nowMs);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void warnOfGivenUp(long samples) {
        if (samples > 0) {
            LOG.warn(
                    "gave up {} samples: neither they nor a dead letter arrived long after {} ({}); their tasks"
                            + " or rollouts were lost. Other tasks are issued in their place; check that workers"
                            + " and topology are"
                            + " running, and that topics.retentionMs outlasts their absence",
                    samples,
                    SchedulerSettings.TASK_TIMEOUT_MS,
                    settings.get(SchedulerSettings.TASK_TIMEOUT_MS));
        }
    }

    private PromptSource source() throws InterruptedException {
        prompts.catchUp();
        if (prompts.isEmpty()) {
            LOG.warn(
                    "{} contains no prompts; waiting: load some with `krpo prompts load FILE`",
                    settings.catalogue().name(Topic.PROMPTS));
        }
        while (running && prompts.isEmpty()) {
            demand.awaitChange(IDLE_MS);
            prompts.catchUp();
        }
        order.setPrompts(prompts.ids());
        return PromptSources.usesBeliefs(settings.config())
                ? new BaselinePromptSource(
                        settings, order, prompts::get, settings.kafka().clientTimeout())
                : order;
    }

    private void issue(PromptSource source, int tasks, long nowMs) throws InterruptedException {
        List<Future<RecordMetadata>> sent = new ArrayList<>(tasks);
        for (int i = 0; i < tasks; i++) {
            long next = sequence.getAndIncrement();
            RolloutTask task = task(source.next(next), next);
            prompts.asked(task.getPromptId());
            promptsInFlight.put(task.getTaskId(), task.getPromptId());
            demand.issued(task.getTaskId(), groupSize, nowMs);
            sent.add(producer.send(new ProducerRecord<>(
                    settings.catalogue().name(Topic.ROLLOUT_TASKS),
                    task.getPromptId().getBytes(StandardCharsets.UTF_8),
                    serde.encode(task))));
        }
        producer.flush();
        for (Future<RecordMetadata> future : sent) {
            try {
                future.get();
            } catch (ExecutionException e) {
                throw new KafkaException("issuing tasks failed", e.getCause());
            }
        }
    }

    private RolloutTask task(String promptId, long sequence) {
        String policy = settings.get(PolicySettings.NAME);
        return new RolloutTask(
                policy + "-" + sequence,
                sequence,
                promptId,
                policy,
                groupSize,
                SchedulerSettings.sampling(settings.config(), SchedulerSettings.taskSeed(settings.config(), sequence)),
                policyVersion.getAsLong(),
                System.currentTimeMillis());
    }

    /** A worker cannot use the prompt, so it is excluded until it is corrected. Thread-safe. */
    public void unusable(String promptId, String detail) {
        prompts.unusable(promptId, detail);
    }

    @Override
    public void close() {
        running = false;
    }
}
