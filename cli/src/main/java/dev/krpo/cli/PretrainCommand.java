package dev.krpo.cli;

import dev.krpo.cli.prompts.PromptFormatOptions;
import dev.krpo.learner.pretrain.Pretraining;
import dev.krpo.learner.pretrain.Pretraining.Example;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointRef;
import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.policy.checkpoint.CheckpointStores;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.tokenizer.CharTokenizer;
import dev.krpo.runtime.prompts.PromptFile;
import dev.krpo.runtime.text.Reason;
import dev.krpo.schemas.Prompt;
import dev.krpo.settings.Config;
import dev.krpo.settings.UsageException;
import dev.krpo.worker.environment.Environment;
import dev.krpo.worker.environment.Environments;
import dev.krpo.worker.evaluate.Evaluation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code krpo pretrain}: trains a base model by supervised learning. */
@Command(
        name = "pretrain",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Train a base model from random weights by imitating the answers.",
            "Reinforcement learning needs a policy that is occasionally right. The result is a Hugging Face"
                    + " directory for policy.baseModel; the command that created it is printed and saved in its"
                    + " krpo.json. The same options and thread count give a bit-identical model."
        },
        footer = {"", "Example: krpo pretrain train.jsonl --held-out held-out.jsonl --steps 150 --out base-model"})
final class PretrainCommand implements Callable<Integer> {

    private static final double RMS_NORM_EPS = 1e-5;
    private static final double ROPE_THETA = 10_000;
    private static final double INITIALIZER_RANGE = 0.06;

    @Parameters(paramLabel = "FILE", description = "Questions with answers to imitate, JSONL.")
    private Path file;

    @Option(
            names = "--held-out",
            paramLabel = "FILE",
            description = "Questions for measuring the greedy accuracy at the end, JSONL.")
    private Path heldOut;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Output directory; an existing model is replaced.")
    private Path out;

    @Option(
            names = "--alphabet",
            paramLabel = "FILE",
            description = "The model's characters in token order (default: the sorted characters of the"
                    + " questions and answers in FILE and --held-out).")
    private Path alphabet;

    @Option(names = "--steps", defaultValue = "150", description = "Optimizer steps (default: ${DEFAULT-VALUE}).")
    private int steps;

    @Option(names = "--batch-size", defaultValue = "128", description = "Answers per step (default: ${DEFAULT-VALUE}).")
    private int batchSize;

    @Option(
            names = "--learning-rate",
            defaultValue = "0.002",
            description = "Learning rate of AdamW (default: ${DEFAULT-VALUE}).")
    private double learningRate;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description = "Seed of weights and batches (default:" + " ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--hidden", defaultValue = "128", description = "Hidden size (default: ${DEFAULT-VALUE}).")
    private int hidden;

    @Option(
            names = "--intermediate",
            defaultValue = "256",
            description = "Intermediate size of the SwiGLU (default: ${DEFAULT-VALUE}).")
    private int intermediate;

    @Option(names = "--layers", defaultValue = "2", description = "Decoder layers (default: ${DEFAULT-VALUE}).")
    private int layers;

    @Option(names = "--heads", defaultValue = "4", description = "Query heads (default: ${DEFAULT-VALUE}).")
    private int heads;

    @Option(names = "--kv-heads", defaultValue = "2", description = "Key and value heads (default: ${DEFAULT-VALUE}).")
    private int keyValueHeads;

    @Option(
            names = "--max-positions",
            defaultValue = "128",
            description = "Maximum length of a prompt plus its completion, in tokens (default: ${DEFAULT-VALUE}).")
    private int maxPositions;

    @Option(
            names = "--max-new-tokens",
            defaultValue = "16",
            description = "Maximum completion length when measuring accuracy (default: ${DEFAULT-VALUE}).")
    private int maxNewTokens;

    @Option(
            names = "--threads",
            defaultValue = "1",
            description = "Intra-op threads of the tensor engine (default: ${DEFAULT-VALUE}).")
    private int threads;

    @Mixin
    private PromptFormatOptions format;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        requirePositive("--steps", steps);
        requirePositive("--batch-size", batchSize);
        requirePositive("--learning-rate", learningRate);
        requirePositive("--max-new-tokens", maxNewTokens);
        requirePositive("--threads", threads);
        List<Prompt> examples = questions(file);
        List<Prompt> questions = heldOut == null ? List.of() : questions(heldOut);
        CharTokenizer tokenizer = tokenizer(examples, questions);
        ModelConfig shape = shape(tokenizer);
        Path target = out.toAbsolutePath().normalize();
        if (Files.exists(target)) {
            throw new UsageException("--out " + out + " already exists; choose another directory or remove it");
        }
        TorchEngine.configure(threads);
        PrintWriter print = spec.commandLine().getOut();
        try (Policy policy = Policy.initialise(shape, tokenizer, seed, TorchEngine.device("cpu"))) {
            imitate(policy, examples);
            CheckpointStore store = CheckpointStores.at(target.getParent().toString());
            store.create();
            CheckpointRef written = store.write(
                    target.getFileName().toString(),
                    new CheckpointContents(
                            shape, tokenizer, policy.snapshot(), Map.of(), Map.of("command", command())));
            print.printf("wrote %s: %d bytes, sha256 %s%n", out, written.sizeBytes(), written.sha256());
            print.println("created by: " + command());
            if (!questions.isEmpty()) {
                print.printf(
                        Locale.ROOT,
                        "it answers %.1f %% of %d held-out questions (greedy)%n",
                        100 * accuracy(policy, questions),
                        questions.size());
            }
        }
        return Krpo.OK;
    }

    /** Uses exact match whatever the reward of a later run: an imitated answer is correct if it is equal. */
    private double accuracy(Policy policy, List<Prompt> questions) {
        try (Environment environment = Environments.of(Config.defaults())) {
            return Evaluation.greedy(policy, questions, maxNewTokens, environment)
                    .meanReward();
        }
    }

    private CharTokenizer tokenizer(List<Prompt> examples, List<Prompt> questions) {
        try {
            List<String> texts = Stream.concat(examples.stream(), questions.stream())
                    .flatMap(prompt -> Stream.of(prompt.getText(), prompt.getAnswer()))
                    .toList();
            CharTokenizer tokenizer = alphabet == null
                    ? CharTokenizer.of(texts.stream())
                    : new CharTokenizer(Files.readString(alphabet).replaceFirst("\\R\\z", ""));
            texts.forEach(tokenizer::encode);
            return tokenizer;
        } catch (IOException e) {
            throw new UsageException("--alphabet: " + alphabet + " cannot be read: " + Reason.of(e), e);
        } catch (IllegalArgumentException e) {
            throw new UsageException((alphabet == null ? file : "--alphabet " + alphabet) + ": " + e.getMessage(), e);
        }
    }

    private void imitate(Policy policy, List<Prompt> prompts) {
        List<Example> examples = prompts.stream()
                .map(prompt -> new Example(prompt.getText(), prompt.getAnswer()))
                .toList();
        try (ProgressBar bar = new ProgressBarBuilder()
                .setTaskName("pretrain")
                .setInitialMax(steps)
                .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                .build()) {
            Pretraining.run(policy, examples, steps, batchSize, learningRate, seed, (step, statistics) -> {
                bar.setExtraMessage(String.format(
                        Locale.ROOT, " loss %.3f", statistics.loss().total()));
                bar.stepTo(step);
            });
        }
    }

    private ModelConfig shape(CharTokenizer tokenizer) {
        try {
            return new ModelConfig(
                    tokenizer.vocabularySize(),
                    hidden,
                    intermediate,
                    layers,
                    heads,
                    keyValueHeads,
                    maxPositions,
                    RMS_NORM_EPS,
                    ROPE_THETA,
                    true,
                    INITIALIZER_RANGE);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }

    private List<Prompt> questions(Path jsonl) {
        return PromptFile.readAll(jsonl, format.format(null, "pretrain"));
    }

    /** The command with all its options, defaults included, since these may change. */
    private String command() {
        return spec.options().stream()
                .filter(option -> option.arity().max() > 0 && option.getValue() != null)
                .map(PretrainCommand::argument)
                .collect(Collectors.joining(" ", "krpo pretrain " + quoted(file.toString()) + " ", ""));
    }

    private static String argument(OptionSpec option) {
        return option.longestName() + " " + quoted(option.getValue().toString());
    }

    private static String quoted(String value) {
        return value.matches("[A-Za-z0-9_./:=+-]+") ? value : "'" + value.replace("'", "'\\''") + "'";
    }

    private static void requirePositive(String option, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new UsageException(option + " is " + value + "; use a number above 0");
        }
    }
}
