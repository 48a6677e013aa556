package dev.krpo.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.krpo.cli.prompts.ChatOptions;
import dev.krpo.cli.prompts.PromptFormatOptions;
import dev.krpo.cli.run.OpenRun;
import dev.krpo.cli.run.RunOptions;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.CheckpointStores;
import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.cluster.NewestRecords;
import dev.krpo.runtime.cluster.ReadableRecords;
import dev.krpo.runtime.prompts.PromptFile;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.runtime.text.Plural;
import dev.krpo.runtime.text.Reason;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import dev.krpo.settings.UsageException;
import dev.krpo.worker.environment.Environment;
import dev.krpo.worker.environment.Environments;
import dev.krpo.worker.evaluate.Evaluation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code krpo eval}: the mean reward of a policy on held-out questions. */
@Command(
        name = "eval",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Print the mean reward of a policy's greedy completions on held-out questions, scored with the"
                    + " run's worker.reward (exact-match by default). For a 0/1 reward, this is the accuracy.",
            "The policy is a checkpoint directory or, without --checkpoint, the newest version of the run given"
                    + " by the settings (topics.prefix, policy.name, policy.checkpoints) or by --run-dir."
        },
        footer = {
            "",
            "Examples: krpo eval --held-out held-out.jsonl --checkpoint checkpoints/v00000120-5f0a93c7",
            "          krpo eval --held-out held-out.jsonl --config cluster.yaml",
            "          krpo eval --held-out examples/arithmetic/held-out.jsonl --run-dir runs/20261121-120000",
            "          krpo eval --held-out held-out.jsonl --checkpoint model --chat --set worker.reward=answer-tag"
        })
final class EvalCommand implements Callable<Integer> {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration READ_LIMIT = Duration.ofSeconds(60);
    private static final int WINDOW = 100;

    @Option(names = "--held-out", required = true, paramLabel = "FILE", description = "Questions with answers, JSONL.")
    private Path heldOut;

    @Option(names = "--checkpoint", paramLabel = "DIR", description = "A checkpoint directory in Hugging Face format.")
    private Path checkpoint;

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            defaultValue = "16",
            description = "Maximum completion length in tokens (default: ${DEFAULT-VALUE}).")
    private int maxNewTokens;

    @Option(
            names = "--answers",
            paramLabel = "FILE",
            description = "Write each question, its answer, the policy's completion and its reward to this JSONL file.")
    private Path answers;

    @Mixin
    private PromptFormatOptions format;

    @Mixin
    private ChatOptions chat;

    @Mixin
    private RunOptions options;

    @Spec
    private CommandSpec spec;

    private record Model(String name, Path directory) {}

    @Override
    public Integer call() {
        if (maxNewTokens < 1) {
            throw new UsageException("--max-new-tokens is " + maxNewTokens + "; at least 1 is needed");
        }
        chat.check();
        List<Prompt> questions = PromptFile.readAll(heldOut, format.format(null, "held-out"));
        try (OpenRun run = options.open()) {
            evaluate(run.config(), questions);
        }
        return Krpo.OK;
    }

    private void evaluate(Config config, List<Prompt> questions) {
        try (Environment environment = Environments.of(config)) {
            evaluate(config, questions, environment);
        }
    }

    private void evaluate(Config config, List<Prompt> questions, Environment environment) {
        Model model = checkpoint == null ? newest(config) : given();
        TorchEngine.configure(config.get(PolicySettings.THREADS));
        try (Policy policy = Policy.load(model.directory, TorchEngine.device(config.get(PolicySettings.DEVICE)))) {
            UnaryOperator<String> rendering = chat.rendering(Optional.of(policy.tokenizer()));
            List<Prompt> asked = questions.stream()
                    .map(question -> Prompt.newBuilder(question)
                            .setText(rendering.apply(question.getText()))
                            .build())
                    .toList();
            Evaluation evaluation = Evaluation.greedy(policy, asked, maxNewTokens, environment);
            if (answers != null) {
                writeAnswers(evaluation);
            }
            spec.commandLine()
                    .getOut()
                    .printf(
                            Locale.ROOT,
                            evaluation.isRightOrWrong()
                                    ? "%s answers %.1f %% of %s (greedy, by %s)%n"
                                    : "%s has a mean reward of %.3f on %s (greedy, by %s)%n",
                            model.name,
                            evaluation.meanReward() * (evaluation.isRightOrWrong() ? 100 : 1),
                            Plural.of(questions.size(), "question"),
                            environment.scoredBy());
        }
    }

    private void writeAnswers(Evaluation evaluation) {
        StringBuilder lines = new StringBuilder();
        for (Evaluation.Answer answer : evaluation.answers()) {
            lines.append(JSON.createObjectNode()
                            .put("prompt", answer.prompt().getText())
                            .put("answer", answer.prompt().getAnswer())
                            .put("completion", answer.completion())
                            .put("reward", answer.score().total()))
                    .append('\n');
        }
        try {
            Files.writeString(answers, lines);
        } catch (IOException e) {
            throw new UsageException("--answers: " + answers + " cannot be written: " + Reason.of(e), e);
        }
    }

    private Model given() {
        if (!Files.isDirectory(checkpoint)) {
            throw new UsageException("--checkpoint: no such directory: " + checkpoint);
        }
        return new Model(checkpoint.toString(), checkpoint);
    }

    private static Model newest(Config config) {
        Cluster cluster = Cluster.of(config);
        String policy = config.get(PolicySettings.NAME);
        cluster.checkExistence();
        String topic = cluster.name(Topic.POLICY_VERSIONS);
        PolicyVersion newest = newest(cluster.kafka(), topic, policy)
                .orElseThrow(() -> new UsageException(
                        "" + topic + " has no version of policy \"" + policy + "\"; start a trainer, correct "
                                + PolicySettings.NAME + " or " + TopicSettings.PREFIX + ", or give --checkpoint"));
        Path directory = CheckpointStores.of(config, PolicySettings.CHECKPOINTS)
                .open(newest.getCheckpointUri(), newest.getSha256());
        return new Model("version " + newest.getVersion() + " of " + policy, directory);
    }

    private static Optional<PolicyVersion> newest(KafkaSettings kafka, String topic, String policyName) {
        RecordSerde<PolicyVersion> serde = RecordSerde.of(PolicyVersion.class);
        AtomicReference<PolicyVersion> newest = new AtomicReference<>();
        NewestRecords.read(kafka, topic, WINDOW, READ_LIMIT, record -> {
            Optional<PolicyVersion> version = ReadableRecords.decode(serde, record)
                    .filter(read -> read.getPolicyName().equals(policyName));
            version.ifPresent(newest::set);
            return version.isPresent();
        });
        return Optional.ofNullable(newest.get());
    }
}
