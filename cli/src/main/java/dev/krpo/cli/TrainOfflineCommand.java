package dev.krpo.cli;

import dev.krpo.cli.role.RoleProcess;
import dev.krpo.cli.run.OpenRun;
import dev.krpo.cli.run.RunOptions;
import dev.krpo.policy.checkpoint.CheckpointStores;
import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.settings.Config;
import dev.krpo.settings.UsageException;
import dev.krpo.trainer.run.Trainer;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code krpo train-offline}: trains on recorded advantages. */
@Command(
        name = "train-offline",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Train the base model in one pass over recorded advantages, such as those of `krpo replay --estimator`.",
            "The ordinary trainer reads the advantages of --prefix from the beginning, in batches, regardless"
                    + " of their staleness, and publishes versions there. Nothing is generated: the importance"
                    + " ratios against the recorded log-probs grow as the policy moves away from the"
                    + " one that generated the rollouts, and the clip range decides which"
                    + " tokens still count."
        },
        footer = {"", "Example: krpo train-offline --prefix again --checkpoints again-checkpoints --config cluster.yaml"
        })
final class TrainOfflineCommand implements Callable<Integer> {

    private static final Logger LOG = LoggerFactory.getLogger(TrainOfflineCommand.class);
    private static final Duration READ_LIMIT = Duration.ofMinutes(30);

    @Option(
            names = "--prefix",
            required = true,
            paramLabel = "PREFIX",
            description = "topics.prefix of the advantages.")
    private String prefix;

    @Option(
            names = "--checkpoints",
            required = true,
            paramLabel = "DIR",
            description = "Directory for the new versions; must not be that of the recorded run.")
    private String checkpoints;

    @Mixin
    private RunOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        try (OpenRun run = options.openPatiently()) {
            return train(run.config());
        }
    }

    private int train(Config recorded) throws InterruptedException {
        Config elsewhere = recorded.with(PolicySettings.CHECKPOINTS, checkpoints, "--checkpoints");
        if (location(elsewhere).equals(location(recorded))) {
            throw new UsageException("--checkpoints " + checkpoints
                    + " is the directory of the recorded run, whose versions would be overwritten; choose another one");
        }
        Config target = withPartitions(elsewhere
                .with(TopicSettings.PREFIX, prefix, "--prefix")
                .with(SchedulerSettings.MAX_STALENESS, 1_000_000, "train-offline"));
        int batchSize = new TrainerSettings(target).get(TrainerSettings.BATCH_SIZE);
        long samples = samples(target);
        long steps = samples / batchSize;
        if (steps == 0) {
            throw new UsageException("--prefix " + prefix + ": " + samples + " advantages are fewer than a batch of "
                    + batchSize + "; lower " + TrainerSettings.BATCH_SIZE + ", or estimate more rollouts");
        }
        Config config = target.with(TrainerSettings.MAX_STEPS, steps, "train-offline");
        new RoleProcess(
                        "train-offline",
                        new Trainer(config),
                        Duration.ofSeconds(10),
                        spec.commandLine().getOut())
                .run("train-offline: " + steps + " steps over " + samples + " advantages of " + prefix
                        + ".*; Ctrl-C stops it, and the same command resumes");
        spec.commandLine().getOut().println("train-offline: done; the newest version is in " + checkpoints);
        return Krpo.OK;
    }

    private static String location(Config config) {
        return CheckpointStores.of(config, PolicySettings.CHECKPOINTS).location();
    }

    /** The partition counts of the existing topics. */
    private static Config withPartitions(Config config) {
        Cluster cluster = Cluster.of(config);
        try (Admin admin = cluster.connect()) {
            return config.with(cluster.topics().partitionsFound(admin));
        }
    }

    /** Advantages to train on. */
    private static long samples(Config config) {
        Cluster cluster = Cluster.of(config);
        AtomicLong samples = new AtomicLong();
        RecordSerde<AdvantageSample> serde = RecordSerde.of(AdvantageSample.class);
        CommittedRecords.read(cluster.kafka(), cluster.name(Topic.ADVANTAGES), READ_LIMIT, record -> {
            try {
                samples.addAndGet(serde.decode(record.value()).getLeftOut().isEmpty() ? 1 : 0);
            } catch (UndecodableRecordException e) {
                // The trainer writes a dead letter for it.
                LOG.debug("{}@{} is not counted", record.topic(), record.offset(), e);
            }
        });
        return samples.get();
    }
}
