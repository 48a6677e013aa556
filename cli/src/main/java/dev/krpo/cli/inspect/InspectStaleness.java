package dev.krpo.cli.inspect;

import dev.krpo.cli.inspect.InspectedRun.Found;
import dev.krpo.runtime.text.Plural;
import dev.krpo.runtime.text.Tally;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.PrimitiveArrays;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code krpo inspect staleness}. */
@Command(
        name = "staleness",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Show the staleness of the samples in the last training steps, and the dropped samples by reason.",
        footer = {"", "Example: krpo inspect staleness -n 100 --config cluster.yaml"})
final class InspectStaleness extends Inspection {

    private static final double BAR = 40;

    @Mixin
    private Count count;

    @Override
    void show(InspectedRun run) {
        Found<TrainingStep> found =
                run.last(Topic.TRAINING_STEPS, TrainingStep.class, count.get(), step -> step.getPolicyName());
        List<TrainingStep> steps = found.records();
        if (steps.isEmpty()) {
            print("no training step of policy %s yet%s", run.policy(), found.hint());
            return;
        }
        List<Long> samples = histogram(steps);
        long all = samples.stream().mapToLong(Long::longValue).sum();
        print("the last %s of policy %s", Plural.of(steps.size(), "step"), run.policy());
        print("%15s %9s", "versions behind", "samples");
        for (int age = 0; age < samples.size(); age++) {
            print("%15d %9d %s", age, samples.get(age), "#".repeat((int) Math.round(BAR * samples.get(age) / all)));
        }
        TrainingStep last = steps.get(steps.size() - 1);
        print(
                "dropped since version 0: %s",
                last.getSamplesDropped() == 0 && last.getDropped().isEmpty()
                        ? "none"
                        : Plural.of(last.getSamplesDropped(), "sample") + ": " + Tally.of(last.getDropped()));
    }

    /** Number of samples by staleness in versions. */
    private static List<Long> histogram(List<TrainingStep> steps) {
        List<Long> samples = new ArrayList<>();
        for (TrainingStep step : steps) {
            int[] ofStep = PrimitiveArrays.toInts(step.getStalenessHistogram());
            for (int age = 0; age < ofStep.length; age++) {
                if (samples.size() <= age) {
                    samples.add(0L);
                }
                samples.set(age, samples.get(age) + ofStep[age]);
            }
        }
        return samples;
    }
}
