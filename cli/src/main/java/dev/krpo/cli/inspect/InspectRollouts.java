package dev.krpo.cli.inspect;

import dev.krpo.cli.inspect.InspectedRun.Found;
import dev.krpo.runtime.cluster.KafkaTable;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.Rollout;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code krpo inspect rollouts}. */
@Command(
        name = "rollouts",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Show the last rollouts with prompt, completion and reward.",
            "version: the policy versions that generated the completion, more than one if the weights changed"
                    + " during generation."
        },
        footer = {"", "Example: krpo inspect rollouts -n 20 --config cluster.yaml"})
final class InspectRollouts extends Inspection {

    @Mixin
    private Count count;

    @Override
    void show(InspectedRun run) {
        Found<Rollout> rollouts =
                run.last(Topic.ROLLOUTS, Rollout.class, count.get(), rollout -> rollout.getPolicyName());
        if (rollouts.records().isEmpty()) {
            print("no rollout of policy %s yet%s", run.policy(), rollouts.hint());
            return;
        }
        try (KafkaTable<Prompt> prompts = run.table(Topic.PROMPTS, Prompt.class)) {
            print(
                    "%-20s %-10s %-7s %-32s %-32s %8s %6s  %-18s %s",
                    "finished", "policy", "version", "question", "completion", "reward", "tokens", "rollout", "prompt");
            for (Rollout rollout : rollouts.records()) {
                print(
                        "%-20s %-10s %-7s %-32s %-32s %8.3f %6d  %-18s %s",
                        time(rollout.getFinishedAtMs()),
                        rollout.getPolicyName(),
                        versions(rollout),
                        shortened(prompts.get(rollout.getPromptId())
                                .map(Prompt::getText)
                                .orElse("(prompt no longer exists)")),
                        shortened(rollout.getText()),
                        rollout.getReward(),
                        rollout.getCompletionTokens().size(),
                        rollout.getRolloutId(),
                        rollout.getPromptId());
            }
        }
    }

    private static String versions(Rollout rollout) {
        return rollout.getVersionRuns().stream()
                .map(versionRun -> Long.toString(versionRun.getPolicyVersion()))
                .collect(Collectors.joining(","));
    }
}
