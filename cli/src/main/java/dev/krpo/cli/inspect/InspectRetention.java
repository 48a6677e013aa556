package dev.krpo.cli.inspect;

import dev.krpo.cli.text.Period;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.topic.AdminAnswer;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.trainer.replay.ReplayRange;
import java.nio.file.Files;
import java.nio.file.Path;
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
            "From which version on the run can be replayed.",
            "Replay needs a kept checkpoint, and the steps and samples of every version after it."
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
        Path checkpoints = run.config().get(PolicySettings.CHECKPOINTS);
        Duration kept = run.topics().retention();
        print("policy       %s", run.policy());
        print(
                "log          keeps records %s (topics.retentionMs)",
                kept.isNegative() ? "for ever" : "for " + Period.of(kept));
        if (range.firstWhole() > range.newest()) {
            print("steps        not even that of version %d has all of its samples", range.newest());
        } else {
            print("steps        versions %d to %d have all of their samples", range.firstWhole(), range.newest());
        }
        print("checkpoints  %s", kept(checkpoints, range));
        print("replay       %s", replay(checkpoints, range));
        limits.forEach(limit -> print("warning      %s", limit));
    }

    private static String kept(Path directory, ReplayRange range) {
        if (!Files.isDirectory(directory)) {
            return "there is no directory " + directory + " on this machine (policy.checkpoints)";
        }
        return range.checkpoints().isEmpty()
                ? "none in " + directory + " (policy.checkpoints)"
                : "of "
                        + range.checkpoints().stream().map(String::valueOf).collect(Collectors.joining(", "))
                        + " in " + directory;
    }

    private static String replay(Path checkpoints, ReplayRange range) {
        if (range.from().isPresent()) {
            return "possible from version " + range.from().get() + ": krpo replay --from "
                    + range.from().get();
        }
        return Files.isDirectory(checkpoints)
                ? "not possible: no kept checkpoint is followed by whole steps; raise topics.retentionMs, or lower"
                        + " trainer.keepEveryVersions"
                : "cannot be told: run this where the checkpoints are, or set policy.checkpoints to their directory";
    }

    /** What on the cluster keeps less of a topic than the settings promise, in sentences. */
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
                    + " of a partition, which may be gone sooner than topics.retentionMs; set it to -1");
        }
        if (topic.keptForever()) {
            if (ms >= 0) {
                limits.add(name + " has retention.ms=" + ms
                        + ", and a restart and a replay need all of it; `krpo topics create` corrects that");
            }
        } else if (ms >= 0 && (promised < 0 || ms < promised)) {
            limits.add(name + " has retention.ms=" + ms + ", less than topics.retentionMs (" + promised
                    + "); raise it on the topic");
        }
        return limits;
    }
}
