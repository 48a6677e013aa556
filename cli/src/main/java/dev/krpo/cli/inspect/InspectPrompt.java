package dev.krpo.cli.inspect;

import dev.krpo.cli.inspect.InspectedRun.Found;
import dev.krpo.runtime.cluster.KafkaTable;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.KalmanState;
import dev.krpo.schemas.Prompt;
import dev.krpo.settings.UsageException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code krpo inspect prompt}. */
@Command(
        name = "prompt",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Show a prompt and the Kalman filter that the topology keeps for it.",
        footer = {"", "Example: krpo inspect prompt 3f2a9c41d07be655 --config cluster.yaml"})
final class InspectPrompt extends Inspection {

    @Parameters(paramLabel = "ID", description = "The prompt's id; `krpo inspect rollouts` shows some.")
    private String id;

    @Override
    void show(InspectedRun run) {
        try (KafkaTable<Prompt> prompts = run.table(Topic.PROMPTS, Prompt.class);
                KafkaTable<KalmanState> baselines = run.table(Topic.BASELINES, KalmanState.class)) {
            Prompt prompt = prompts.get(id).orElse(null);
            Found<KalmanState> filters =
                    run.own(PromptFilters.of(id, baselines.entries().values()), KalmanState::getPolicyName);
            if (prompt == null && filters.records().isEmpty()) {
                String example = prompts.entries().keySet().stream()
                        .findFirst()
                        .map(known -> "; an existing one is " + known)
                        .orElse("");
                throw new UsageException(
                        "" + run.topics().name(Topic.PROMPTS) + " has no prompt \"" + id + "\"" + example);
            }
            if (prompt == null) {
                print("prompt       %s (no longer in %s)", id, run.topics().name(Topic.PROMPTS));
            } else {
                print("prompt       %s of dataset %s", id, prompt.getDataset());
                print("text         %s", prompt.getText());
                print("answer       %s", prompt.getAnswer());
                prompt.getAttributes().forEach((name, value) -> print("%-12s %s", name, value));
            }
            if (filters.records().isEmpty()) {
                print(
                        "filter       none yet: no rollout of this prompt by policy %s has been filtered%s",
                        run.policy(), filters.hint());
            }
            filters.records().forEach(this::print);
        }
    }

    private void print(KalmanState state) {
        print(
                "filter       of policy %s in dataset %s",
                state.getPolicyName().isEmpty() ? "any" : state.getPolicyName(), state.getDataset());
        print("mean         %.4f +- %.4f", state.getMean(), Math.sqrt(state.getVariance()));
        print("variance     %.6f", state.getVariance());
        if (state.getBaseline() != null) {
            print("baseline     %.4f (the value a reward is compared with)", state.getBaseline());
        }
        if (state.getAdaptedNoise() > 0) {
            print("noise        %.6f (variance of a reward around the mean, adapted)", state.getAdaptedNoise());
        }
        print("observations %d", state.getObservations());
        print("version      %d (of the newest observation)", state.getPolicyVersion());
        print("updated      %s", time(state.getUpdatedAtMs()));
    }
}
