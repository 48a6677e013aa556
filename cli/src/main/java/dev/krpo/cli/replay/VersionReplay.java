package dev.krpo.cli.replay;

import dev.krpo.settings.Config;
import dev.krpo.trainer.replay.Replay;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Reproduces a version and prints the result. */
final class VersionReplay {

    private VersionReplay() {}

    /** Returns the exit code: 0 if every version on the way is bit-identical. */
    static int run(Config config, long from, Optional<Long> to, PrintWriter out) {
        Replay.Outcome outcome;
        try (ProgressBar bar = new ProgressBarBuilder()
                .setTaskName("replay")
                .setUnit(" versions", 1)
                .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                .build()) {
            outcome = new Replay(config).run(from, to, (version, last) -> {
                bar.maxHint(last - from);
                bar.stepTo(version - from);
            });
        }
        if (outcome.difference().isPresent()) {
            print(outcome.difference().get(), outcome.sha256(), out);
            return 1;
        }
        out.printf(
                Locale.ROOT,
                "reproduced version %d from version %d: SHA-256 %s, as announced;%nall %d versions are bit-identical%n",
                outcome.reached(),
                outcome.from(),
                outcome.sha256(),
                outcome.reached() - outcome.from());
        return 0;
    }

    private static void print(Replay.Difference difference, String sha256, PrintWriter out) {
        out.printf(
                Locale.ROOT,
                "version %d is the first to differ: SHA-256 %s, but %s was announced%n",
                difference.version(),
                sha256,
                difference.announced());
        out.println(difference
                .tensor()
                .map(tensor -> "first tensor to differ: " + tensor)
                .orElse("its checkpoint was not retained, so the tensors cannot be compared"));
        if (!difference.environment().isEmpty()) {
            out.println("the run's environment differed: " + difference.environment());
        }
    }
}
