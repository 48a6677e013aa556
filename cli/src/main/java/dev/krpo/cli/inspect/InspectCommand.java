package dev.krpo.cli.inspect;

import dev.krpo.cli.config.ConfigOptions;
import dev.krpo.cli.config.UsageException;
import dev.krpo.schemas.KalmanState;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.kafka.BrokerConnection;
import dev.krpo.schemas.kafka.KafkaTable;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.settings.KafkaSettings;
import dev.krpo.schemas.settings.PolicySettings;
import dev.krpo.schemas.settings.TopicSettings;
import dev.krpo.schemas.topic.Topic;
import dev.krpo.schemas.topic.TopicCatalogue;
import dev.krpo.streams.StreamsSettings;
import dev.krpo.trainer.ReplayRange;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code krpo inspect}: what the log of a run says. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description = "Show what the topics of a run say; reads only.",
        footer = {
            "",
            "Examples: krpo inspect steps -n 5 --config cluster.yaml",
            "          krpo inspect lag --bootstrap-servers localhost:9092"
        })
public final class InspectCommand {

    private static final Duration READ_LIMIT = Duration.ofSeconds(60);
    private static final int TEXT_WIDTH = 40;

    @Spec
    private CommandSpec spec;

    /** The options and the connection that every inspection has. */
    private record Run(Map<String, String> config, KafkaSettings kafka, TopicCatalogue topics) {

        static Run of(ConfigOptions options) {
            Map<String, String> config = options.resolve().values();
            Run run = new Run(config, new KafkaSettings(config), new TopicCatalogue(new TopicSettings(config)));
            try (Admin admin = BrokerConnection.await(run.kafka)) {
                run.topics.check(admin);
            }
            return run;
        }

        <V extends SpecificRecordBase> List<V> last(Topic topic, Class<V> type, int count) {
            if (count < 1) {
                throw new UsageException("-n is " + count + "; at least 1 is needed");
            }
            return TopicTail.read(kafka, topics.name(topic), RecordSerde.of(type), count);
        }

        /** What on the cluster keeps less of a topic than the settings promise, in sentences. */
        List<String> limits(Admin admin, Topic topic) throws InterruptedException {
            String name = topics.name(topic);
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
            List<String> limits = new ArrayList<>();
            try {
                Config actual =
                        admin.describeConfigs(List.of(resource)).all().get().get(resource);
                long bytes = Long.parseLong(actual.get("retention.bytes").value());
                long ms = Long.parseLong(actual.get("retention.ms").value());
                long promised = topics.retention().toMillis();
                if (bytes >= 0) {
                    limits.add(name + " keeps at most retention.bytes=" + bytes
                            + " of a partition, which may be gone sooner than topics.retentionMs; set it to -1");
                }
                if (ms >= 0 && (promised < 0 || ms < promised)) {
                    limits.add(name + " has retention.ms=" + ms + ", less than topics.retentionMs (" + promised
                            + "); raise it on the topic");
                }
            } catch (ExecutionException e) {
                throw new KafkaException("the settings of " + name + " cannot be read", e.getCause());
            }
            return limits;
        }

        <V extends SpecificRecordBase> KafkaTable<V> table(Topic topic, Class<V> type) {
            KafkaTable<V> table = new KafkaTable<>(kafka, topics.name(topic), RecordSerde.of(type));
            table.catchUp(READ_LIMIT);
            return table;
        }
    }

    @Command(
            name = "prompt",
            mixinStandardHelpOptions = true,
            description = "A prompt and the Kalman filter that the topology keeps of it.",
            footer = {"", "Example: krpo inspect prompt 3f2a9c41d07be655 --config cluster.yaml"})
    int prompt(
            @Parameters(paramLabel = "ID", description = "The prompt's id.") String id, @Mixin ConfigOptions options) {
        Run run = Run.of(options);
        try (KafkaTable<Prompt> prompts = run.table(Topic.PROMPTS, Prompt.class);
                KafkaTable<KalmanState> baselines = run.table(Topic.BASELINES, KalmanState.class)) {
            Prompt prompt = prompts.get(id).orElse(null);
            List<KalmanState> filters = PromptFilters.of(id, baselines.entries().values());
            if (prompt == null && filters.isEmpty()) {
                String example = prompts.entries().keySet().stream()
                        .findFirst()
                        .map(known -> "; one that is: " + known)
                        .orElse("");
                throw new UsageException("no prompt \"" + id + "\" is in " + run.topics.name(Topic.PROMPTS) + example);
            }
            if (prompt == null) {
                print("prompt       %s (no longer in %s)", id, run.topics.name(Topic.PROMPTS));
            } else {
                print("prompt       %s of dataset %s", id, prompt.getDataset());
                print("text         %s", prompt.getText());
                print("answer       %s", prompt.getAnswer());
                prompt.getAttributes().forEach((name, value) -> print("%-12s %s", name, value));
            }
            if (filters.isEmpty()) {
                print("filter       none yet: no rollout of this prompt has been filtered");
            }
            filters.forEach(this::printFilter);
        }
        return 0;
    }

    private void printFilter(KalmanState state) {
        if (!state.getPolicyName().isEmpty()) {
            print("filter       of policy %s in dataset %s", state.getPolicyName(), state.getDataset());
        }
        print("mean         %.4f +- %.4f", state.getMean(), Math.sqrt(state.getVariance()));
        print("variance     %.6f", state.getVariance());
        if (state.getBaseline() != null) {
            print("baseline     %.4f (what a reward is compared with)", state.getBaseline());
        }
        if (state.getAdaptedNoise() > 0) {
            print("noise        %.6f (variance of a reward around the mean, adapted)", state.getAdaptedNoise());
        }
        print("observations %d", state.getObservations());
        print("version      %d (of the newest observation)", state.getPolicyVersion());
        print("updated      %s", time(state.getUpdatedAtMs()));
    }

    @Command(
            name = "rollouts",
            mixinStandardHelpOptions = true,
            description = "The last rollouts.",
            footer = {"", "Example: krpo inspect rollouts -n 20 --config cluster.yaml"})
    int rollouts(@Mixin Count count, @Mixin ConfigOptions options) {
        print(
                "%-20s %-18s %-17s %8s %7s %-7s %s",
                "finished", "rollout", "prompt", "reward", "tokens", "version", "text");
        for (Rollout rollout : Run.of(options).last(Topic.ROLLOUTS, Rollout.class, count.n)) {
            print(
                    "%-20s %-18s %-17s %8.3f %7d %-7s %s",
                    time(rollout.getFinishedAtMs()),
                    rollout.getRolloutId(),
                    rollout.getPromptId(),
                    rollout.getReward(),
                    rollout.getCompletionTokens().size(),
                    versions(rollout),
                    shortened(rollout.getText()));
        }
        return 0;
    }

    @Command(
            name = "steps",
            mixinStandardHelpOptions = true,
            description = "The last training steps.",
            footer = {"", "Example: krpo inspect steps -n 5 --config cluster.yaml"})
    int steps(@Mixin Count count, @Mixin ConfigOptions options) {
        print(
                "%-20s %6s %7s %8s %9s %8s %9s %6s %9s %8s %8s",
                "finished",
                "step",
                "version",
                "samples",
                "reward",
                "loss",
                "grad norm",
                "clip",
                "staleness",
                "learn ms",
                "wait ms");
        for (TrainingStep step : Run.of(options).last(Topic.TRAINING_STEPS, TrainingStep.class, count.n)) {
            print(
                    "%-20s %6d %7d %8d %9.4f %8.4f %9.3f %6.3f %9s %8d %8d",
                    time(step.getFinishedAtMs()),
                    step.getStep(),
                    step.getVersionAfter(),
                    step.getSamples().size(),
                    step.getRewardMean(),
                    step.getLoss(),
                    step.getGradientNorm(),
                    step.getClipFraction(),
                    String.format(Locale.ROOT, "%.1f/%d", step.getStalenessMean(), step.getStalenessMax()),
                    step.getLearnMs(),
                    step.getWaitMs());
        }
        return 0;
    }

    @Command(
            name = "staleness",
            mixinStandardHelpOptions = true,
            description =
                    "How many versions old the samples of the last training steps were, and what was dropped and why.",
            footer = {"", "Example: krpo inspect staleness -n 100 --config cluster.yaml"})
    int staleness(@Mixin Count count, @Mixin ConfigOptions options) {
        List<TrainingStep> steps = Run.of(options).last(Topic.TRAINING_STEPS, TrainingStep.class, count.n);
        List<Long> samples = new ArrayList<>();
        for (TrainingStep step : steps) {
            int[] histogram = PrimitiveArrays.toInts(step.getStalenessHistogram());
            for (int age = 0; age < histogram.length; age++) {
                if (samples.size() <= age) {
                    samples.add(0L);
                }
                samples.set(age, samples.get(age) + histogram[age]);
            }
        }
        long all = samples.stream().mapToLong(Long::longValue).sum();
        print("%9s %9s", "staleness", "samples");
        for (int age = 0; age < samples.size(); age++) {
            int bar = (int) Math.round(40.0 * samples.get(age) / all);
            print("%9d %9d %s", age, samples.get(age), "#".repeat(bar));
        }
        if (!steps.isEmpty()) {
            TrainingStep last = steps.get(steps.size() - 1);
            print("dropped since version 0: %d %s", last.getSamplesDropped(), new TreeMap<>(last.getDropped()));
        }
        return 0;
    }

    @Command(
            name = "versions",
            mixinStandardHelpOptions = true,
            description = "The last policy versions.",
            footer = {"", "Example: krpo inspect versions -n 3 --config cluster.yaml"})
    int versions(@Mixin Count count, @Mixin ConfigOptions options) {
        print("%-20s %-10s %7s %10s %-16s %s", "created", "policy", "version", "bytes", "sha256", "checkpoint");
        for (PolicyVersion version : Run.of(options).last(Topic.POLICY_VERSIONS, PolicyVersion.class, count.n)) {
            print(
                    "%-20s %-10s %7d %10d %-16.16s %s",
                    time(version.getCreatedAtMs()),
                    version.getPolicyName(),
                    version.getVersion(),
                    version.getSizeBytes(),
                    version.getSha256(),
                    version.getCheckpointUri());
        }
        return 0;
    }

    @Command(
            name = "lag",
            mixinStandardHelpOptions = true,
            description = {
                "How far each role is behind, in records and policy versions.",
                "A policy version counts as many records as the last training step had samples."
            },
            footer = {"", "Example: krpo inspect lag --config cluster.yaml"})
    int lag(@Mixin ConfigOptions options) throws InterruptedException {
        Run run = Run.of(options);
        PolicySettings policy = new PolicySettings(run.config);
        List<TrainingStep> steps = run.last(Topic.TRAINING_STEPS, TrainingStep.class, 1);
        double samplesPerVersion =
                steps.isEmpty() ? 0 : steps.get(0).getSamples().size();
        try (Admin admin = BrokerConnection.await(run.kafka)) {
            Lag lag = new Lag(admin);
            print("%-10s %-30s %10s %10s", "role", "topic", "records", "versions");
            printLag(
                    "workers",
                    run,
                    Topic.ROLLOUT_TASKS,
                    samplesPerVersion,
                    lag.ofShareGroup(run.topics.shareGroup(), run.topics.name(Topic.ROLLOUT_TASKS)));
            printLag(
                    "streams",
                    run,
                    Topic.ROLLOUTS,
                    samplesPerVersion,
                    lag.ofConsumerGroup(
                            new StreamsSettings(run.config).applicationId(), run.topics.name(Topic.ROLLOUTS)));
            printLag(
                    "trainer",
                    run,
                    Topic.ADVANTAGES,
                    samplesPerVersion,
                    lag.ofConsumerGroup(run.topics.trainerId(policy.name()), run.topics.name(Topic.ADVANTAGES)));
        }
        // First the rollout: one read later might come from a version that was not yet there.
        List<Rollout> last = run.last(Topic.ROLLOUTS, Rollout.class, 1);
        try (KafkaTable<PolicyVersion> versions = run.table(Topic.POLICY_VERSIONS, PolicyVersion.class)) {
            PolicyVersion newest = versions.get(policy.name()).orElse(null);
            if (newest != null && !last.isEmpty()) {
                long used = last.get(0).getVersionRuns().stream()
                        .mapToLong(TokenRun::getPolicyVersion)
                        .max()
                        .orElse(0);
                print(
                        "newest version %d; the last rollout was generated by version %d, %d behind",
                        newest.getVersion(), used, newest.getVersion() - used);
            }
        }
        return 0;
    }

    @Command(
            name = "retention",
            mixinStandardHelpOptions = true,
            description = {
                "From which version on the run can be replayed.",
                "Replay needs a kept checkpoint, and the steps and samples of every version after it."
            },
            footer = {"", "Example: krpo inspect retention --config cluster.yaml"})
    int retention(@Mixin ConfigOptions options) throws InterruptedException {
        Run run = Run.of(options);
        ReplayRange range = ReplayRange.of(run.config);
        if (range.newest() == 0) {
            print("no version has been trained yet");
            return 0;
        }
        Duration kept = run.topics.retention();
        print("log          keeps records %s (topics.retentionMs)", kept.isNegative() ? "for ever" : "for " + kept);
        if (range.firstWhole() > range.newest()) {
            print("steps        not even that of version %d has all of its samples", range.newest());
        } else {
            print("steps        versions %d to %d have all of their samples", range.firstWhole(), range.newest());
        }
        print("checkpoints  %s", range.checkpoints());
        print(
                "replay       %s",
                range.from()
                        .map(from -> "possible from version " + from + ": krpo replay --from " + from)
                        .orElse(
                                "not possible: no kept checkpoint is followed by whole steps; raise topics.retentionMs, or lower"
                                        + " trainer.keepEveryVersions"));
        try (Admin admin = BrokerConnection.await(run.kafka)) {
            for (Topic topic : List.of(Topic.ADVANTAGES, Topic.TRAINING_STEPS, Topic.POLICY_VERSIONS)) {
                run.limits(admin, topic).forEach(limit -> print("warning      %s", limit));
            }
        }
        return 0;
    }

    private void printLag(String role, Run run, Topic topic, double samplesPerVersion, OptionalLong lag) {
        String versions = lag.isPresent() && samplesPerVersion > 0
                ? String.format(Locale.ROOT, "%.1f", lag.getAsLong() / samplesPerVersion)
                : "-";
        print(
                "%-10s %-30s %10s %10s",
                role, run.topics.name(topic), lag.isPresent() ? Long.toString(lag.getAsLong()) : "not begun", versions);
    }

    private static String versions(Rollout rollout) {
        return rollout.getVersionRuns().stream()
                .map(versionRun -> Long.toString(versionRun.getPolicyVersion()))
                .collect(Collectors.joining(","));
    }

    private static String shortened(String text) {
        String line = text.replace("\n", "\\n");
        return line.length() <= TEXT_WIDTH ? line : line.substring(0, TEXT_WIDTH - 3) + "...";
    }

    private static String time(long epochMs) {
        return Instant.ofEpochMilli(epochMs).truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private void print(String format, Object... values) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(Locale.ROOT, format + "%n", values);
        out.flush();
    }

    /** How many records to show. */
    static final class Count {
        @Option(
                names = "-n",
                paramLabel = "N",
                defaultValue = "10",
                description = "How many of the newest to show (default: ${DEFAULT-VALUE}).")
        private int n;
    }
}
