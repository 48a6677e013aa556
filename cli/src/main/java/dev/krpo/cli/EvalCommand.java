package dev.krpo.cli;

import dev.krpo.cli.data.PromptFile;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.sampling.GreedyAccuracy;
import dev.krpo.policy.sampling.GreedyAccuracy.Question;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code krpo eval}. */
@Command(
        name = "eval",
        mixinStandardHelpOptions = true,
        description = "Greedy accuracy of a checkpoint on a held-out JSONL file.",
        footer = {"", "Example: krpo eval runs/first/checkpoints/v00000120 examples/arithmetic/held-out.jsonl"})
final class EvalCommand implements Callable<Integer> {

    static final int MAX_NEW_TOKENS = 16;

    @Parameters(index = "0", paramLabel = "DIR", description = "Hugging Face directory")
    private Path checkpoint;

    @Parameters(index = "1", paramLabel = "FILE", description = "JSONL file of questions and answers")
    private Path file;

    @Option(names = "--device", defaultValue = "auto", description = "auto, cpu or gpu (${DEFAULT-VALUE})")
    private String device;

    @Override
    public Integer call() {
        TorchEngine.configure(1);
        List<Question> questions = PromptFile.questions(file);
        try (Policy policy = Policy.load(checkpoint, TorchEngine.device(device))) {
            System.out.printf(
                    "%.1f %% of %d questions%n",
                    100 * GreedyAccuracy.of(policy, questions, MAX_NEW_TOKENS), questions.size());
        }
        return 0;
    }
}
