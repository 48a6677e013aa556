package dev.krpo.cli.quickstart;

import ai.djl.Device;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.estimators.Estimators;
import dev.krpo.pipeline.report.Accuracy;
import dev.krpo.pipeline.report.HtmlReport;
import dev.krpo.pipeline.report.RunStatistics;
import dev.krpo.pipeline.report.StepPoint;
import dev.krpo.pipeline.report.Summary;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.deadletters.DeadLetterReasons;
import dev.krpo.runtime.prompts.PromptLoader;
import dev.krpo.runtime.role.Role;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.text.Plural;
import dev.krpo.runtime.text.Tally;
import dev.krpo.schemas.Prompt;
import dev.krpo.settings.Config;
import dev.krpo.streams.Changelogs;
import dev.krpo.streams.StreamsApp;
import dev.krpo.streams.settings.StreamsSettings;
import dev.krpo.trainer.run.Trainer;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.worker.RolloutWorker;
import dev.krpo.worker.environment.Environment;
import dev.krpo.worker.environment.Environments;
import dev.krpo.worker.evaluate.Evaluation;
import dev.krpo.worker.settings.WorkerSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the whole pipeline in one JVM for a limited time. */
final class Quickstart {

    private static final Logger LOG = LoggerFactory.getLogger(Quickstart.class);
    private static final long REFRESH_MS = 500;

    private final Path runDirectory;
    private final Path brokerDirectory;
    private Config config;
    private final List<Prompt> prompts;
    private final List<Prompt> heldOut;
    private final LiveView view;
    private final CountDownLatch stopRequested = new CountDownLatch(1);

    /** @param config without kafka.bootstrap.servers, which the embedded broker adds */
    Quickstart(
            Path runDirectory,
            Path brokerDirectory,
            Config config,
            List<Prompt> prompts,
            List<Prompt> heldOut,
            LiveView view) {
        this.runDirectory = runDirectory;
        this.brokerDirectory = brokerDirectory;
        this.config = config;
        this.prompts = prompts;
        this.heldOut = heldOut;
        this.view = view;
    }

    /** Ends {@link #run} early; it still writes all results. */
    void requestStop() {
        stopRequested.countDown();
    }

    /**
     * @return the summary, also written to summary.json
     * @throws RunFailedException if a role failed, or no training step completed and {@link #requestStop} was not
     *     called
     */
    Summary run(long budgetMs) throws IOException, InterruptedException {
        long startMs = System.currentTimeMillis();
        TorchEngine.configure(config.get(PolicySettings.THREADS));
        int maxNewTokens = config.get(SchedulerSettings.MAX_NEW_TOKENS);
        RunStatistics statistics = new RunStatistics(startMs);
        try (EmbeddedBroker broker = EmbeddedBroker.start(brokerDirectory)) {
            config = config.with(KafkaSettings.BOOTSTRAP_SERVERS, broker.bootstrapServers());
            Cluster cluster = Cluster.of(config);
            try (Admin admin = cluster.connect()) {
                cluster.topics().create(admin);
                cluster.topics().repair(admin).forEach(change -> LOG.info("changed {}", change));
                Changelogs.repair(admin, new StreamsSettings(config).applicationId())
                        .apply();
            }
            PromptLoader.load(config, prompts);
            double startAccuracy = accuracyOfBase(maxNewTokens);
            statistics.add(new Accuracy(System.currentTimeMillis(), 0, startAccuracy));
            RunMonitor monitor = new RunMonitor(config, heldOut, maxNewTokens, statistics);
            List<Role> roles = new ArrayList<>();
            Optional<Throwable> failure;
            try {
                monitor.start();
                for (Role role : List.of(new StreamsApp(config), new RolloutWorker(config), new Trainer(config))) {
                    roles.add(role);
                    role.start();
                }
                failure = watch(roles, statistics, startAccuracy, startMs, budgetMs);
            } finally {
                for (int i = roles.size() - 1; i >= 0; i--) {
                    roles.get(i).close();
                }
                monitor.close();
            }
            double seconds = (System.currentTimeMillis() - startMs) / 1000.0;
            Summary summary = summary(statistics, startAccuracy, monitor.finalAccuracy(), seconds);
            write(statistics, summary);
            if (failure.isPresent()) {
                throw new RunFailedException(
                        "the run failed: " + failure.get().getMessage() + "; see " + runDirectory.resolve("krpo.log"),
                        failure.get());
            }
            if (statistics.stepsOfThisCall() == 0 && stopRequested.getCount() > 0) {
                throw new RunFailedException(nothingLearned(statistics, seconds), null);
            }
            return summary;
        }
    }

    private String nothingLearned(RunStatistics statistics, double seconds) {
        Map<String, Long> reasons = DeadLetterReasons.of(config);
        return String.format(
                Locale.ROOT,
                "nothing was learned: no training step in %.0f s, from %s; %s",
                seconds,
                Plural.of(statistics.rollouts(), "rollout"),
                reasons.isEmpty()
                        ? "no record was rejected, so allow more time with --max-minutes, or see "
                                + runDirectory.resolve("krpo.log")
                        : "records were rejected: " + Tally.of(reasons) + "; `krpo dead-letters list --run-dir "
                                + runDirectory + "` shows them");
    }

    private double accuracyOfBase(int maxNewTokens) {
        try (Policy base = Policy.load(config.get(PolicySettings.BASE_MODEL), Device.cpu());
                Environment environment = Environments.of(config)) {
            return Evaluation.greedy(base, heldOut, maxNewTokens, environment).meanReward();
        }
    }

    private Optional<Throwable> watch(
            List<Role> roles, RunStatistics statistics, double startAccuracy, long startMs, long budgetMs)
            throws InterruptedException {
        Optional<Throwable> failure = Optional.empty();
        long elapsedMs = 0;
        while (elapsedMs < budgetMs && failure.isEmpty()) {
            view.show(statistics, startAccuracy, elapsedMs, budgetMs);
            if (stopRequested.await(REFRESH_MS, TimeUnit.MILLISECONDS)) {
                return failure;
            }
            failure = roles.stream().flatMap(role -> role.failure().stream()).findFirst();
            elapsedMs = System.currentTimeMillis() - startMs;
        }
        return failure;
    }

    private Summary summary(RunStatistics statistics, double startAccuracy, double endAccuracy, double seconds) {
        return new Summary(
                startAccuracy,
                endAccuracy,
                seconds,
                statistics.versions(),
                statistics.rollouts(),
                statistics.tokensTrained(),
                statistics.tokensGenerated(),
                statistics.stalenessMax(),
                statistics.busy(statistics.workerIntervals()),
                statistics.busy(statistics.trainerIntervals()),
                config.get(Estimators.NAME),
                config.get(SchedulerSettings.SEED),
                new WorkerSettings(config).reward().name());
    }

    private void write(RunStatistics statistics, Summary summary) throws IOException {
        ObjectMapper json = new ObjectMapper();
        StringBuilder lines = new StringBuilder();
        for (StepPoint step : statistics.steps()) {
            lines.append(json.writeValueAsString(step)).append('\n');
        }
        Files.writeString(runDirectory.resolve("metrics.jsonl"), lines);
        Files.writeString(
                runDirectory.resolve("summary.json"),
                json.enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(summary) + "\n");
        Files.writeString(
                runDirectory.resolve("report.html"),
                HtmlReport.of(statistics, summary, config),
                StandardCharsets.UTF_8);
        Files.writeString(runDirectory.resolve("reward.svg"), HtmlReport.rewardSvg(statistics), StandardCharsets.UTF_8);
    }
}
