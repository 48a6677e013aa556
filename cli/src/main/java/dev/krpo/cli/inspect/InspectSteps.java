package dev.krpo.cli.inspect;

import dev.krpo.cli.inspect.InspectedRun.Found;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.TrainingStep;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code krpo inspect steps}. */
@Command(
        name = "steps",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Show the last training steps.",
            "staleness: the mean and maximum number of versions that the samples were behind."
        },
        footer = {"", "Example: krpo inspect steps -n 5 --config cluster.yaml"})
final class InspectSteps extends Inspection {

    @Mixin
    private Count count;

    @Override
    void show(InspectedRun run) {
        Found<TrainingStep> steps =
                run.last(Topic.TRAINING_STEPS, TrainingStep.class, count.get(), step -> step.getPolicyName());
        if (steps.records().isEmpty()) {
            print("no training step of policy %s yet%s", run.policy(), steps.hint());
            return;
        }
        print(
                "%-20s %-10s %6s %7s %8s %7s %8s %9s %6s %14s %8s %8s",
                "finished",
                "policy",
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
        for (TrainingStep step : steps.records()) {
            print(
                    "%-20s %-10s %6d %7d %8d %7.4f %8.4f %9.3f %6.3f %14s %8d %8d",
                    time(step.getFinishedAtMs()),
                    step.getPolicyName(),
                    step.getStep(),
                    step.getVersionAfter(),
                    step.getSamples().size(),
                    step.getRewardMean(),
                    step.getLoss(),
                    step.getGradientNorm(),
                    step.getClipFraction(),
                    String.format(Locale.ROOT, "%.1f (max %d)", step.getStalenessMean(), step.getStalenessMax()),
                    step.getLearnMs(),
                    step.getWaitMs());
        }
    }
}
