package dev.krpo.cli.replay;

import dev.krpo.settings.Config;
import dev.krpo.settings.UsageException;
import dev.krpo.streams.reestimate.EstimatorScore;
import dev.krpo.streams.reestimate.RecordedEstimates;
import dev.krpo.streams.reestimate.Reestimation;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Re-estimates a run and prints a comparison of the estimators. */
final class EstimatorReplay {

    private EstimatorReplay() {}

    static void run(Config config, String outputPrefix, PrintWriter out) throws InterruptedException {
        Reestimation again = new Reestimation(config, outputPrefix);
        try (ProgressBar bar = new ProgressBarBuilder()
                .setTaskName("estimate")
                .setUnit(" rollouts", 1)
                .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                .build()) {
            again.run((done, total) -> {
                bar.maxHint(total);
                bar.stepTo(done);
            });
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage());
        }
        List<EstimatorScore> table = RecordedEstimates.compare(config, List.of(again.target()));
        out.printf(
                Locale.ROOT,
                "%-28s %9s %14s %18s %12s %14s%n",
                "estimator",
                "samples",
                "baseline error",
                "advantage variance",
                "zero signal",
                "sign agreement");
        for (EstimatorScore score : table) {
            out.printf(
                    Locale.ROOT,
                    "%-28s %9d %14.4f %18.4f %10.2f %% %12.2f %%%n",
                    score.estimator(),
                    score.samples(),
                    score.baselineError(),
                    score.advantageVariance(),
                    100 * score.zeroSignal(),
                    100 * score.signAgreement());
        }
        out.println("baseline error: root mean squared error against the mean reward of the prompt's next 8"
                + " rollouts; krpo with estimator.target=least-variance does not minimise this");
        if (table.get(1).samples() == 0) {
            out.println("no advantages to train on; to see why, run `krpo dead-letters list --set topics.prefix="
                    + outputPrefix + "`. Estimators that compare a group need groups of 2 or more, and"
                    + " estimator.filter may have left out all samples");
        }
    }
}
