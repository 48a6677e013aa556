package dev.krpo.worker.engine;

import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.policy.checkpoint.CheckpointStores;
import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.cluster.PrefixOwner;
import dev.krpo.runtime.cluster.ReadableRecords;
import dev.krpo.runtime.rules.Rejection;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.worker.publish.RolloutPublisher;
import dev.krpo.worker.settings.WorkerSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loading thread: reads {@code policy-versions}, opens the newest checkpoint and gives it to the engine. Versions
 * superseded while another one is being loaded are skipped. One that cannot be opened becomes a dead letter and the
 * current version stays in use; it is retried periodically while it is the newest, since a shared file system may
 * expose it late.
 */
public final class PolicyFollower implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(PolicyFollower.class);
    /**
     * Records read back at start to find the newest version; a version takes two records, including its transaction
     * marker.
     */
    private static final long START_WINDOW = 1_000;

    private static final long NONE = -1;
    private static final long RETRY_NANOS = Duration.ofSeconds(5).toNanos();

    private final Cluster cluster;
    private final TopicPartition versions;
    private final String policyName;
    private final CheckpointStore store;
    private final WorkerSettings worker;
    private final RolloutEngine engine;
    private final RolloutPublisher publisher;
    private final BooleanSupplier closing;
    private final RecordSerde<PolicyVersion> serde = RecordSerde.of(PolicyVersion.class);
    private final CountDownLatch loaded = new CountDownLatch(1);

    private Announcement newest;
    private long startedAt;
    /** Announced after the newest one, with a lower version that has not been loaded yet. */
    private Announcement behind;

    private boolean wentBack;
    private long loadedVersion = NONE;
    private long rejectedVersion = NONE;
    private long rejectedAt;

    private record Announcement(ConsumerRecord<byte[], byte[]> source, PolicyVersion claim) {
        long version() {
            return claim.getVersion();
        }
    }

    public PolicyFollower(
            Cluster cluster,
            WorkerSettings worker,
            RolloutEngine engine,
            RolloutPublisher publisher,
            BooleanSupplier closing) {
        this.cluster = cluster;
        this.versions = new TopicPartition(cluster.name(Topic.POLICY_VERSIONS), 0);
        this.policyName = worker.config().get(PolicySettings.NAME);
        this.store = CheckpointStores.of(worker.config(), PolicySettings.CHECKPOINTS);
        this.worker = worker;
        this.engine = engine;
        this.publisher = publisher;
        this.closing = closing;
    }

    /** Waits until the engine has its first version; false if the worker is being closed. */
    public boolean awaitVersion() {
        LOG.info(
                "worker {} is waiting for the first version of policy '{}' in {}; the trainer writes it when it starts",
                worker.id(),
                policyName,
                versions.topic());
        try {
            while (!closing.getAsBoolean()) {
                if (loaded.await(worker.poll().toMillis(), TimeUnit.MILLISECONDS)) {
                    return true;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    @Override
    public void run() {
        try (KafkaConsumer<byte[], byte[]> consumer = cluster.consumer(Map.of("auto.offset.reset", "earliest"))) {
            consumer.assign(List.of(versions));
            boolean started = false;
            while (!closing.getAsBoolean()) {
                try {
                    if (!started) {
                        seekToRecent(consumer);
                        started = true;
                    }
                    noteNext(consumer);
                    if (loadIsDue()) {
                        // Versions announced since are newer still.
                        catchUp(consumer);
                        load(consumer);
                    }
                } catch (RetriableException e) {
                    LOG.warn("following {} continues after a failure", versions.topic(), e);
                }
            }
        }
    }

    private void seekToRecent(KafkaConsumer<byte[], byte[]> consumer) {
        long end = end(consumer);
        startedAt = end;
        consumer.seek(versions, Math.max(0, end - START_WINDOW));
        catchUp(consumer);
        if (newest == null) {
            consumer.seekToBeginning(List.of(versions));
        }
    }

    private void catchUp(KafkaConsumer<byte[], byte[]> consumer) {
        long end = end(consumer);
        while (consumer.position(versions) < end && !closing.getAsBoolean()) {
            noteNext(consumer);
        }
    }

    private long end(KafkaConsumer<byte[], byte[]> consumer) {
        return consumer.endOffsets(List.of(versions)).get(versions);
    }

    private void noteNext(KafkaConsumer<byte[], byte[]> consumer) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(worker.poll())) {
            try {
                note(record);
            } catch (RetriableException e) {
                // Otherwise the rest of the polled records would never be read.
                consumer.seek(versions, record.offset());
                throw e;
            }
        }
    }

    private void note(ConsumerRecord<byte[], byte[]> record) {
        ReadableRecords.decode(serde, record).ifPresent(claim -> note(new Announcement(record, claim)));
    }

    private void note(Announcement announced) {
        if (!announced.claim().getPolicyName().equals(policyName)) {
            if (newest == null) {
                PrefixOwner.check(cluster, policyName);
            }
        } else if (newest == null || announced.version() > newest.version()) {
            newest = announced;
            wentBack = false;
        } else if (announced.version() > loadedVersion) {
            noteBehind(announced);
        } else {
            noteSmaller(announced);
        }
    }

    /** A record that names a version far ahead without a checkpoint must not hide the versions that follow it. */
    private void noteBehind(Announcement announced) {
        if (newest.version() == rejectedVersion) {
            newest = announced;
        } else {
            behind = announced;
        }
    }

    /**
     * Reported once: a trainer that starts over announces many versions. Those announced before this worker started are
     * only logged.
     */
    private void noteSmaller(Announcement announced) {
        boolean repeated = announced.version() == newest.version()
                && announced.claim().getSha256().equals(newest.claim().getSha256());
        if (repeated || wentBack) {
            return;
        }
        wentBack = true;
        String detail =
                "version " + announced.version() + " of policy '" + policyName + "' was announced after version "
                        + newest.version()
                        + ", which stays in use; did a trainer start over without the log of this run, or was an"
                        + " old record rewritten? A new run needs another topics.prefix";
        LOG.error("{}", detail);
        if (announced.source().offset() >= startedAt) {
            publisher.await(List.of(publisher.reject(announced.source(), new Rejection("version-went-back", detail))));
        }
    }

    private boolean loadIsDue() {
        return newest != null
                && newest.version() > loadedVersion
                && (newest.version() != rejectedVersion || System.nanoTime() - rejectedAt > RETRY_NANOS);
    }

    private void load(KafkaConsumer<byte[], byte[]> consumer) {
        Announcement wanted = newest;
        String uri = wanted.claim().getCheckpointUri();
        try {
            engine.load(wanted.version(), store.open(uri, wanted.claim().getSha256()));
            if (loadedVersion == NONE) {
                LOG.info("policy '{}' starts with version {} on {}", policyName, wanted.version(), engine);
            }
            LOG.debug("loaded version {} of policy '{}'", wanted.version(), policyName);
            loadedVersion = wanted.version();
            loaded.countDown();
        } catch (CheckpointException e) {
            boolean missing = !store.has(uri);
            catchUp(consumer);
            if (missing && newest.version() > wanted.version()) {
                LOG.info(
                        "version {} is gone and {} has been announced: {}",
                        wanted.version(),
                        newest.version(),
                        e.getMessage());
            } else {
                reject(wanted, new Rejection(missing ? "checkpoint-missing" : "checkpoint-corrupt", detail(e)));
            }
        }
    }

    private String detail(CheckpointException e) {
        return e.getMessage()
                + (loadedVersion == NONE
                        ? "; the worker waits until a version can be opened"
                        : "; version " + loadedVersion + " stays in use until another one can be opened");
    }

    private void reject(Announcement announcement, Rejection rejection) {
        if (announcement.version() != rejectedVersion) {
            LOG.error(
                    "version {} of policy '{}' cannot be used: {}",
                    announcement.version(),
                    policyName,
                    rejection.detail());
            publisher.await(List.of(publisher.reject(announcement.source(), rejection)));
        }
        rejectedVersion = announcement.version();
        rejectedAt = System.nanoTime();
        if (behind != null && behind.version() > loadedVersion) {
            newest = behind;
        }
        behind = null;
    }
}
