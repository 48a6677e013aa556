package dev.krpo.cli.inspect;

import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.policy.checkpoint.CheckpointStores;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.text.Period;
import dev.krpo.runtime.topic.AdminAnswer;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.trainer.replay.ReplayRange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.config.ConfigResource;
import picocli.CommandLine.Command;

/** {@code krpo inspect retention}. */
@Command(
        name = "retention",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Show from which version the run can be replayed.",
            "Replay needs a retained checkpoint, and the steps and samples of every version after it."
        },
        footer = {"", "Example: krpo inspect retention --config cluster.yaml"})
final class InspectRetention extends Inspection {

    @Override
    void show(InspectedRun run) {
        ReplayRange range = ReplayRange.of(run.config());
        if (range.newest() == 0) {
            print("no version of policy %s has been trained yet", run.policy());
            return;
        }
        List<String> limits = new ArrayList<>();
        for (Topic topic : List.of(Topic.ADVANTAGES, Topic.TRAINING_STEPS, Topic.POLICY_VERSIONS)) {
            limits.addAll(limits(run, topic));
        }
        CheckpointStore checkpoints = CheckpointStores.of(run.config(), PolicySettings.CHECKPOINTS);
        Duration kept = run.topics().retention();
        print("policy       %s", run.policy());
        print(
                "log          keeps records %s (topics.retentionMs)",
                kept.isNegative() ? "forever" : "for " + Period.of(kept));
        if (range.firstWhole() > range.newest()) {
            print("steps        even version %d has lost some of its samples", range.newest());
        } else {
            print("steps        versions %d to %d have all their samples", range.firstWhole(), range.newest());
        }
        print("checkpoints  %s", kept(checkpoints, range));
        print("replay       %s", replay(checkpoints, range));
        limits.forEach(limit -> print("warning      %s", limit));
    }

    private static String kept(CheckpointStore store, ReplayRange range) {
        if (!store.exists()) {
            return store.location() + " does not exist on this machine (policy.checkpoints)";
        }
        return range.checkpoints().isEmpty()
                ? "none in " + store.location() + " (policy.checkpoints)"
                : "of "
                        + range.checkpoints().stream().map(String::valueOf).collect(Collectors.joining(", "))
                        + " in " + store.location();
    }

    private static String replay(CheckpointStore checkpoints, ReplayRange range) {
        if (range.from().isPresent()) {
            return "possible from version " + range.from().get() + ": krpo replay --from "
                    + range.from().get();
        }
        return checkpoints.exists()
                ? "not possible: no retained checkpoint is followed by complete steps; raise"
                        + " topics.retentionMs, or lower"
                        + " trainer.keepEveryVersions"
                : "unknown: run this where the checkpoints are, or set policy.checkpoints to their directory";
    }

    /** Describes cluster settings that retain less of a topic than {@code topics.retentionMs} promises. */
    private static List<String> limits(InspectedRun run, Topic topic) {
        String name = run.topics().name(topic);
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
        List<String> limits = new ArrayList<>();
        Config actual = AdminAnswer.await(
                        run.admin().describeConfigs(List.of(resource)).all(),
                        "the settings of " + name + " cannot be read")
                .get(resource);
        long bytes = Long.parseLong(actual.get("retention.bytes").value());
        long ms = Long.parseLong(actual.get("retention.ms").value());
        long promised = run.topics().retention().toMillis();
        if (bytes >= 0) {
            limits.add(name + " keeps at most retention.bytes=" + bytes
                    + " per partition, so records may be deleted before topics.retentionMs; set it to -1");
        }
        if (topic.keptForever()) {
            if (ms >= 0) {
                limits.add(name + " has retention.ms=" + ms
                        + ", but restart and replay need all of its records; `krpo topics create` corrects this");
            }
        } else if (ms >= 0 && (promised < 0 || ms < promised)) {
            limits.add(name + " has retention.ms=" + ms + ", less than topics.retentionMs (" + promised
                    + "); raise it on the topic");
        }
        return limits;
    }
}
