package dev.krpo.streams.reestimate;

import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.cluster.TopicOffsets;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.runtime.topic.AdminAnswer;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.settings.Config;
import dev.krpo.streams.StreamsApp;
import dev.krpo.streams.settings.StreamsSettings;
import dev.krpo.streams.settings.StreamsSettings.GroupClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/**
 * Runs the recorded rollouts of a run through the topology with another estimator, into the topics of another prefix.
 * The run itself is only read.
 */
public final class Reestimation {

    private static final long POLL_MS = 200;

    private final Config source;
    private Config target;

    /** Progress callback: rollouts done and total. */
    public interface Progress {
        void done(long rollouts, long total);
    }

    /**
     * @param config of the recorded run, with the {@code estimator} section to use
     * @param outputPrefix of the new topics
     */
    public Reestimation(Config config, String outputPrefix) {
        source = config;
        // Groups are closed by stream time: the result does not depend on when or how fast this runs.
        target = config.without(StreamsSettings.APPLICATION_ID)
                .with(TopicSettings.PREFIX, outputPrefix, "--output-prefix")
                .with(StreamsSettings.SOURCE_PREFIX, Optional.of(config.get(TopicSettings.PREFIX)))
                .with(StreamsSettings.GROUP_CLOCK, GroupClock.STREAM);
    }

    /** The configuration of the result topics. */
    public Config target() {
        return target;
    }

    /**
     * Returns once every rollout that exists at the time of the call has been estimated or rejected.
     *
     * @throws IllegalArgumentException if the output prefix is that of the run, or already holds a result
     * @throws dev.krpo.runtime.topic.TopicsNotReadyException if a topic of the run is missing, or those of the result
     *     have other partition counts
     */
    public void run(Progress progress) throws InterruptedException {
        String prefix = target.get(TopicSettings.PREFIX);
        if (prefix.equals(source.get(TopicSettings.PREFIX))) {
            throw new IllegalArgumentException("--output-prefix is '" + prefix
                    + "', the run's own; choose another one, such as " + prefix + "-again");
        }
        Path state = temporaryDirectory();
        try (Admin admin = Cluster.of(source).connect()) {
            TopicCatalogue run = new TopicCatalogue(source);
            target = target.with(run.partitionsFound(admin)).with(StreamsSettings.STATE_DIR, state);
            TopicCatalogue results = new TopicCatalogue(target);
            results.create(admin);
            if (TopicOffsets.of(admin, results.name(Topic.ADVANTAGES), OffsetSpec.latest()).values().stream()
                    .anyMatch(end -> end > 0)) {
                throw new IllegalArgumentException("--output-prefix: " + results.name(Topic.ADVANTAGES)
                        + " already holds a result; choose another prefix, or delete its topics");
            }
            Map<TopicPartition, Long> ends = TopicOffsets.of(admin, run.name(Topic.ROLLOUTS), OffsetSpec.latest());
            try (StreamsApp app = new StreamsApp(target)) {
                app.start();
                await(admin, app, ends, progress);
            }
        } finally {
            delete(state);
        }
    }

    private void await(Admin admin, StreamsApp app, Map<TopicPartition, Long> ends, Progress progress)
            throws InterruptedException {
        String group = new StreamsSettings(target).applicationId();
        long total = ends.values().stream().mapToLong(Long::longValue).sum();
        long done = 0;
        while (done < total) {
            if (app.failure().isPresent()) {
                throw new IllegalStateException(
                        "the topology stopped: " + app.failure().get().getMessage(),
                        app.failure().get());
            }
            Map<TopicPartition, OffsetAndMetadata> committed = committed(admin, group);
            done = ends.entrySet().stream()
                    .mapToLong(end -> {
                        OffsetAndMetadata at = committed.get(end.getKey());
                        return at == null ? 0 : Math.min(at.offset(), end.getValue());
                    })
                    .sum();
            progress.done(done, total);
            Thread.sleep(POLL_MS);
        }
    }

    private static Map<TopicPartition, OffsetAndMetadata> committed(Admin admin, String group) {
        try {
            return AdminAnswer.await(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        } catch (GroupIdNotFoundException e) {
            return Map.of();
        } catch (ApiException e) {
            throw new KafkaException("the progress of group " + group + " cannot be read", e);
        }
    }

    private static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("krpo-reestimation");
        } catch (IOException e) {
            throw new UncheckedIOException("creating a temporary directory for the state stores", e);
        }
    }

    private static void delete(Path tree) {
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("removing " + tree, e);
        }
    }
}
