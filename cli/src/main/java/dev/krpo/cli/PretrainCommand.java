package dev.krpo.cli;

import dev.krpo.cli.prompts.PromptFile;
import dev.krpo.cli.prompts.PromptFormat;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointRef;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.model.ModelConfig;
import dev.krpo.policy.sampling.GreedyAccuracy;
import dev.krpo.policy.sampling.GreedyAccuracy.Question;
import dev.krpo.policy.tokenizer.CharTokenizer;
import dev.krpo.trainer.pretrain.Pretraining;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code krpo pretrain}. */
@Command(
        name = "pretrain",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Makes a base model by supervised learning from random weights. The same options give the same bits.",
        footer = {"", "Example: krpo pretrain train.jsonl --held-out held-out.jsonl --steps 150 --out base-model"})
final class PretrainCommand implements Callable<Integer> {

    private static final int MAX_POSITIONS = 128;
    private static final int MAX_NEW_TOKENS = 16;

    @Parameters(paramLabel = "FILE", description = "JSONL file of questions and answers")
    private Path file;

    @Option(names = "--held-out", paramLabel = "FILE", description = "questions to measure greedy accuracy on")
    private Path heldOut;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Hugging Face directory to write")
    private Path out;

    @Option(names = "--steps", defaultValue = "150", description = "optimizer steps (${DEFAULT-VALUE})")
    private int steps;

    @Option(names = "--batch-size", defaultValue = "128", description = "examples a step (${DEFAULT-VALUE})")
    private int batchSize;

    @Option(names = "--learning-rate", defaultValue = "2e-3", description = "AdamW step size (${DEFAULT-VALUE})")
    private double learningRate;

    @Option(names = "--hidden", defaultValue = "128", description = "hidden size (${DEFAULT-VALUE})")
    private int hidden;

    @Option(names = "--intermediate", defaultValue = "256", description = "SwiGLU size (${DEFAULT-VALUE})")
    private int intermediate;

    @Option(names = "--layers", defaultValue = "2", description = "layers (${DEFAULT-VALUE})")
    private int layers;

    @Option(names = "--heads", defaultValue = "4", description = "query heads (${DEFAULT-VALUE})")
    private int heads;

    @Option(names = "--kv-heads", defaultValue = "2", description = "key/value heads (${DEFAULT-VALUE})")
    private int keyValueHeads;

    @Option(names = "--seed", defaultValue = "1", description = "of weights and batches (${DEFAULT-VALUE})")
    private long seed;

    private static List<Question> questions(Path file) {
        return PromptFile.readAll(file, PromptFormat.standard("pretrain")).stream()
                .map(prompt -> new Question(prompt.getText(), prompt.getAnswer()))
                .toList();
    }

    @Override
    public Integer call() {
        TorchEngine.configure(1);
        List<Question> examples = questions(file);
        List<Question> questions = heldOut == null ? List.of() : questions(heldOut);
        CharTokenizer tokenizer = CharTokenizer.arithmetic();
        ModelConfig config = new ModelConfig(
                tokenizer.vocabularySize(),
                hidden,
                intermediate,
                layers,
                heads,
                keyValueHeads,
                MAX_POSITIONS,
                1e-5,
                10_000,
                true,
                0.06);
        Path absolute = out.toAbsolutePath();
        try (Policy policy = Policy.initialise(config, tokenizer, seed, TorchEngine.device("cpu"));
                ProgressBar bar = new ProgressBarBuilder()
                        .setTaskName("pretrain")
                        .setInitialMax(steps)
                        .build()) {
            Pretraining.run(policy, examples, steps, batchSize, learningRate, seed, (step, statistics) -> {
                bar.setExtraMessage(String.format("loss %.3f", statistics.loss()));
                bar.stepTo(step);
            });
            CheckpointRef ref = new DirectoryCheckpointStore(absolute.getParent())
                    .write(
                            absolute.getFileName().toString(),
                            new CheckpointContents(config, tokenizer, policy.snapshot(), Map.of()));
            bar.close();
            System.out.printf("wrote %s, %d bytes, sha256 %s%n", out, ref.sizeBytes(), ref.sha256());
            if (!questions.isEmpty()) {
                System.out.printf(
                        "held-out greedy accuracy %.1f %% on %d questions%n",
                        100 * GreedyAccuracy.of(policy, questions, MAX_NEW_TOKENS), questions.size());
            }
        }
        return 0;
    }
}
