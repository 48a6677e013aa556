package dev.krpo.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.krpo.cli.config.UsageException;
import dev.krpo.cli.prompts.PromptFile;
import dev.krpo.cli.prompts.PromptFormatOptions;
import dev.krpo.cli.run.OpenRun;
import dev.krpo.cli.run.RunOptions;
import dev.krpo.cli.text.Plural;
import dev.krpo.cli.text.Reason;
import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.generate.GreedyAccuracy;
import dev.krpo.policy.generate.GreedyAccuracy.Question;
import dev.krpo.runtime.cluster.BrokerConnection;
import dev.krpo.runtime.cluster.NewestRecords;
import dev.krpo.runtime.cluster.ReadableRecords;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.serde.RecordSerde;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code krpo eval}: how many held-out questions a policy answers. */
@Command(
        name = "eval",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Print the greedy accuracy of a policy on held-out questions.",
            "The policy is a checkpoint directory or, without --checkpoint, the newest version of the run that the settings"
                    + " describe (topics.prefix, policy.name, policy.checkpoints), or that --run-dir holds."
        },
        footer = {
            "",
            "Examples: krpo eval --held-out held-out.jsonl --checkpoint checkpoints/v00000120-5f0a93c7",
            "          krpo eval --held-out held-out.jsonl --config cluster.yaml",
            "          krpo eval --held-out examples/arithmetic/held-out.jsonl --run-dir runs/20261121-120000"
        })
final class EvalCommand implements Callable<Integer> {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration READ_LIMIT = Duration.ofSeconds(60);
    private static final int WINDOW = 100;

    @Option(names = "--held-out", required = true, paramLabel = "FILE", description = "Questions with answers, JSONL.")
    private Path heldOut;

    @Option(names = "--checkpoint", paramLabel = "DIR", description = "A Hugging Face directory.")
    private Path checkpoint;

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            defaultValue = "16",
            description = "Longest completion (default: ${DEFAULT-VALUE}).")
    private int maxNewTokens;

    @Option(
            names = "--answers",
            paramLabel = "FILE",
            description = "Write each question with its answer and the policy's completion here, JSONL.")
    private Path answers;

    @Mixin
    private PromptFormatOptions format;

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
        List<Question> questions = PromptFile.readAll(heldOut, format.format(null, "held-out")).stream()
                .map(prompt -> new Question(prompt.getText(), prompt.getAnswer()))
                .toList();
        try (OpenRun run = options.open()) {
            evaluate(run.config(), questions);
        }
        return Krpo.OK;
    }

    private void evaluate(Map<String, String> config, List<Question> questions) {
        Model model = checkpoint == null ? newest(config) : given();
        PolicySettings settings = new PolicySettings(config);
        TorchEngine.configure(settings.threads());
        try (Policy policy = Policy.load(model.directory, TorchEngine.device(settings.device()))) {
            List<String> completions = GreedyAccuracy.completions(policy, questions, maxNewTokens);
            double accuracy = GreedyAccuracy.share(questions, completions);
            if (answers != null) {
                writeAnswers(questions, completions);
            }
            spec.commandLine()
                    .getOut()
                    .printf(
                            Locale.ROOT,
                            "%s answers %.1f %% of %s (greedy)%n",
                            model.name,
                            100 * accuracy,
                            Plural.of(questions.size(), "question"));
        }
    }

    private void writeAnswers(List<Question> questions, List<String> completions) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < questions.size(); i++) {
            Question question = questions.get(i);
            lines.append(JSON.createObjectNode()
                            .put("prompt", question.text())
                            .put("answer", question.answer())
                            .put("completion", completions.get(i)))
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
            throw new UsageException("--checkpoint: there is no directory " + checkpoint);
        }
        return new Model(checkpoint.toString(), checkpoint);
    }

    private static Model newest(Map<String, String> config) {
        KafkaSettings kafka = new KafkaSettings(config);
        TopicCatalogue topics = new TopicCatalogue(new TopicSettings(config));
        PolicySettings policy = new PolicySettings(config);
        try (Admin admin = BrokerConnection.await(kafka)) {
            topics.checkExistence(admin);
        }
        String topic = topics.name(Topic.POLICY_VERSIONS);
        PolicyVersion newest = newest(kafka, topic, policy.name())
                .orElseThrow(() -> new UsageException("no version of policy \"" + policy.name() + "\" is in " + topic
                        + "; start a trainer, correct policy.name or topics.prefix, or give --checkpoint"));
        Path directory =
                new DirectoryCheckpointStore(policy.checkpoints()).open(newest.getCheckpointUri(), newest.getSha256());
        return new Model("version " + newest.getVersion() + " of " + policy.name(), directory);
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
