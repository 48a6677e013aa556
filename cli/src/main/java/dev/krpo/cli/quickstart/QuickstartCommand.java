package dev.krpo.cli.quickstart;

import dev.krpo.broker.DirectoryLock;
import dev.krpo.cli.config.ConfigOptions;
import dev.krpo.cli.config.EstimatorNames;
import dev.krpo.cli.logging.Logs;
import dev.krpo.cli.role.CleanStop;
import dev.krpo.cli.run.InstallDirectory;
import dev.krpo.cli.run.RecordedSettings;
import dev.krpo.cli.run.RunDirectories;
import dev.krpo.cli.run.RunDirectory;
import dev.krpo.estimators.Estimators;
import dev.krpo.estimators.GroupEstimation;
import dev.krpo.learner.LearnerOptions;
import dev.krpo.pipeline.report.Summary;
import dev.krpo.pipeline.settings.CrossChecks;
import dev.krpo.pipeline.settings.Settings;
import dev.krpo.runtime.prompts.PromptFile;
import dev.krpo.runtime.prompts.PromptFormat;
import dev.krpo.schemas.Prompt;
import dev.krpo.settings.Config;
import dev.krpo.settings.UsageException;
import dev.krpo.streams.settings.StreamsSettings;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import dev.krpo.worker.settings.WorkerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code krpo quickstart}. */
@Command(
        name = "quickstart",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Learn arithmetic live on this machine: a real broker, the topology, a rollout worker and the"
                    + " trainer in one JVM.",
            "Writes report.html, summary.json and metrics.jsonl into the run directory. Ctrl-C stops cleanly;"
                    + " --resume continues.",
            "A run that learns nothing exits with code 1 and the reasons."
        },
        footer = {"", "Examples: krpo quickstart", "          krpo quickstart --estimator grpo --seed 7 --max-minutes 5"
        })
public final class QuickstartCommand implements Callable<Integer> {

    private static final String ORIGIN = "quickstart";

    @Option(names = "--run-dir", paramLabel = "DIR", description = "Directory of the run (default: runs/<time>).")
    private Path runDirectory;

    @Option(
            names = "--resume",
            description = "Resume the run in --run-dir, or the newest one, with its settings, estimator and seed.")
    private boolean resume;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of sampling and prompt order (default: 0).")
    private Long seed;

    @Option(
            names = "--estimator",
            paramLabel = "NAME",
            completionCandidates = EstimatorNames.class,
            description = "One of ${COMPLETION-CANDIDATES} (default: krpo).")
    private String estimator;

    @Option(
            names = "--max-minutes",
            paramLabel = "M",
            defaultValue = "2.5",
            description = "Duration of this call (default: ${DEFAULT-VALUE}).")
    private double maxMinutes;

    @Option(
            names = "--ephemeral",
            description = "Keep the broker's data and the checkpoints in a temporary directory and delete it at"
                    + " the end.")
    private boolean ephemeral;

    @Option(names = "--no-color", description = "Disable colours; the environment variable NO_COLOR does the same.")
    private boolean noColor;

    @Option(
            names = "--print-config",
            description = "Print every setting with its effective value and source, secrets masked, and exit.")
    private boolean printConfig;

    @Mixin
    private ConfigOptions options;

    @Override
    public Integer call() throws Exception {
        if (estimator != null && !Estimators.names().contains(estimator)) {
            throw new UsageException("--estimator " + estimator + " is unknown; known: " + Estimators.names());
        }
        if (!(maxMinutes > 0 && maxMinutes < 10_000)) {
            throw new UsageException("--max-minutes is " + maxMinutes + "; use a number between 0 and 10000");
        }
        Path data = InstallDirectory.arithmetic();
        List<Prompt> prompts = PromptFile.readAll(data.resolve("train.jsonl"), PromptFormat.standard("arithmetic"));
        List<Prompt> heldOut = PromptFile.readAll(data.resolve("held-out.jsonl"), PromptFormat.standard("held-out"));
        if (resume && ephemeral) {
            throw new UsageException("--resume needs a persistent run; remove --ephemeral");
        }
        Path directory = resume ? RunDirectories.existing(runDirectory) : RunDirectories.fresh(runDirectory);
        RunIdentity run = resume
                ? RunIdentity.of(directory, estimator, seed)
                : new RunIdentity(estimator == null ? Estimators.NAME.standard() : estimator, seed == null ? 0 : seed);
        Path state = ephemeral ? Files.createTempDirectory("krpo-quickstart") : directory;
        try {
            Config config = configuration(run, state);
            if (printConfig) {
                System.out.print(Settings.toYaml(config));
                return 0;
            }
            try (DirectoryLock lock = DirectoryLock.acquire(directory)) {
                run.write(directory);
                if (!ephemeral) {
                    RecordedSettings.write(directory, config);
                }
                learn(run, directory, state, config, prompts, heldOut);
            }
        } finally {
            if (ephemeral) {
                delete(state);
            }
        }
        return 0;
    }

    private void learn(
            RunIdentity run, Path directory, Path state, Config config, List<Prompt> prompts, List<Prompt> heldOut)
            throws IOException, InterruptedException {
        Logs.toFile(directory.resolve("krpo.log"));
        boolean terminal = Boolean.getBoolean("krpo.terminal");
        boolean color = terminal && !noColor && System.getenv("NO_COLOR") == null;
        System.out.printf(
                "KRPO Streams quickstart: estimator %s, seed %d, %s for %.1f minutes in %s%n",
                run.estimator(), run.seed(), resume ? "resuming" : "learning", maxMinutes, directory);
        Quickstart quickstart = new Quickstart(
                directory,
                state.resolve(RunDirectory.BROKER),
                config,
                prompts,
                heldOut,
                new LiveView(System.out, terminal, color));
        try (CleanStop onSignal = CleanStop.on(() -> {
            System.out.println("stopping cleanly ...");
            quickstart.requestStop();
        })) {
            print(quickstart.run((long) (maxMinutes * 60_000)), directory);
        }
    }

    /**
     * The user's settings override those of the resumed run, which override the defaults below; uses groups if the
     * estimator or the sample filter compares completions.
     */
    Config configuration(RunIdentity run, Path state) {
        Config defaults = defaults(run, state);
        if (GroupEstimation.of(options.resolveSilently(defaults)).minGroupSize() > 1) {
            defaults = defaults.with(SchedulerSettings.GROUP_SIZE, 8, ORIGIN);
        }
        if (resume) {
            defaults = defaults.with(RecordedSettings.read(state));
        }
        Config config = options.resolve(defaults);
        CrossChecks.ofAll(config);
        return config;
    }

    private static Config defaults(RunIdentity run, Path state) {
        return RunDirectory.standard(state, ORIGIN)
                .with(StreamsSettings.THREADS, 1, ORIGIN)
                .with(StreamsSettings.COMMIT_INTERVAL_MS, 50L, ORIGIN)
                .with(SchedulerSettings.MAX_NEW_TOKENS, 6, ORIGIN)
                .with(TrainerSettings.BATCH_SIZE, 256, ORIGIN)
                .with(LearnerOptions.LEARNING_RATE, 5e-4, ORIGIN)
                .with(WorkerSettings.BATCH_TASKS, 256, ORIGIN)
                .with(WorkerSettings.POLL_MS, 200, ORIGIN)
                .with(Estimators.NAME, run.estimator(), ORIGIN)
                .with(SchedulerSettings.GROUP_SIZE, 1, ORIGIN)
                .with(SchedulerSettings.SEED, run.seed(), ORIGIN);
    }

    private void print(Summary summary, Path directory) {
        System.out.printf(
                "%n%s: %.1f %% -> %.1f %% in %.0f s (%d policy versions, %d rollouts)%n%n",
                summary.measure(),
                100 * summary.heldOutAccuracyStart(),
                100 * summary.heldOutAccuracyEnd(),
                summary.seconds(),
                summary.policyVersions(),
                summary.rollouts());
        System.out.println("Results are in " + directory + ": report.html has the curves, summary.json the numbers.");
        System.out.println("Try next:");
        if (!ephemeral) {
            suggest("quickstart --resume --run-dir " + directory, "continue learning");
            suggest(
                    "inspect steps --run-dir " + directory,
                    "show the last training steps; inspect --help lists" + " more views");
            suggest("replay --run-dir " + directory, "reproduce the last version from the log, bit-identically");
        }
        suggest("quickstart --estimator grpo", "compare with group normalisation");
        suggest("worker --help", "run each role on a cluster");
    }

    private static void suggest(String command, String purpose) {
        System.out.printf("  %-60s %s%n", "./krpo " + command, purpose);
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
