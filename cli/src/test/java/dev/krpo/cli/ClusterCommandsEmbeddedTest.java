package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.policy.Policy;
import dev.krpo.policy.TorchEngine;
import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointRef;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.family.ModelConfig;
import dev.krpo.policy.tokenizer.CharTokenizer;
import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.KalmanState;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.SampleRef;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.settings.Config;
import dev.krpo.testkit.TestBroker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Runs the commands against a real broker; each test has its own run (topic prefix). */
class ClusterCommandsEmbeddedTest {

    @RegisterExtension
    static final TestBroker BROKER = new TestBroker();

    @TempDir
    private Path folder;

    private String prefix;

    @BeforeEach
    void nameTheRun() {
        prefix = BROKER.test();
    }

    private Cli krpo(String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        Collections.addAll(all, "--bootstrap-servers", BROKER.bootstrapServers(), "--set", "topics.prefix=" + prefix);
        return Cli.run(all.toArray(String[]::new));
    }

    private Cli ok(String... args) {
        Cli run = krpo(args);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run;
    }

    /** Writes records in one transaction, as the roles do, so that a marker follows them. */
    private void write(String topic, String key, SpecificRecordBase... records) {
        Map<String, Object> config = Map.of(
                "bootstrap.servers", BROKER.bootstrapServers(), "transactional.id", prefix + topic, "acks", "all");
        try (KafkaProducer<String, byte[]> producer =
                new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            for (SpecificRecordBase record : records) {
                producer.beginTransaction();
                var unused = producer.send(new ProducerRecord<>(prefix + "." + topic, key, encoded(record)));
                producer.commitTransaction();
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends SpecificRecordBase> byte[] encoded(T record) {
        return RecordSerde.of((Class<T>) record.getClass()).encode(record);
    }

    @Test
    void shouldCreateTopicsOnceAndCheckThem() {
        Cli missing = krpo("topics", "check");
        assertThat(missing.exitCode()).isEqualTo(1);
        assertThat(missing.err())
                .startsWith("krpo: topics are not ready: " + prefix + ".prompts is missing")
                .contains("krpo topics create")
                .hasLineCount(1);

        assertThat(ok("topics", "create").out())
                .contains("created " + prefix + ".prompts")
                .contains("8 topics created");
        assertThat(ok("topics", "create").out()).isEqualToIgnoringNewLines("all topics already exist");
        assertThat(ok("topics", "check").out()).isEqualToIgnoringNewLines("all topics are ready");

        Cli other = krpo("topics", "check", "--set", "topics.partitions=7");
        assertThat(other.exitCode()).isEqualTo(1);
        assertThat(other.err()).contains(prefix + ".prompts has 4 partitions, expected 7");
    }

    @Test
    void shouldLoadTheValidPromptsAndShowOneWithItsFilter() throws IOException {
        ok("topics", "create");
        Path file = Files.writeString(folder.resolve("p.jsonl"), """
                {"id":"p1","question":"12+34=","answer":"46","num_digits":2}
                not json
                {"id":"p2","question":"1+2=","answer":"3"}
                """);

        Cli loaded = ok("prompts", "load", file.toString(), "--id-field", "id", "--dataset", "sums", "--skip-bad");
        assertThat(loaded.out()).isEqualToIgnoringNewLines("2 prompts loaded into dataset sums, 1 bad line skipped");
        assertThat(loaded.err()).startsWith(file + ":2: not JSON");

        assertThat(ok("inspect", "prompt", "p1").out())
                .contains("12+34=")
                .contains("46")
                .contains("dataset sums")
                .contains("num_digits   2")
                .contains("no rollout of this prompt by policy default has been filtered");

        write("baselines", "p1", new KalmanState("p1", "sums", 0.25, 0.04, 12L, 3L, 0L, 0.1875, 0.125, ""));
        assertThat(ok("inspect", "prompt", "p1").out())
                .contains("mean         0.2500 +- 0.2000")
                .contains("baseline     0.1250")
                .contains("noise        0.187500")
                .contains("observations 12")
                .contains("version      3");

        write("baselines", "1:a4:sums2:p1", new KalmanState("p1", "sums", 0.5, 0.04, 13L, 4L, 0L, 0.0, 0.5, "a"));
        write("baselines", "1:b4:sums2:p1", new KalmanState("p1", "sums", 0.75, 0.04, 2L, 9L, 0L, 0.0, 0.5, "b"));
        assertThat(ok("inspect", "prompt", "p1", "--set", "policy.name=a").out())
                .as("the filter of policy a, without the one that it has taken over")
                .contains("filter       of policy a in dataset sums", "mean         0.5000", "observations 13")
                .doesNotContain("mean         0.7500", "mean         0.2500");
        assertThat(ok("inspect", "prompt", "p1", "--set", "policy.name=b").out())
                .contains("filter       of policy b in dataset sums", "mean         0.7500", "observations 2");
        assertThat(ok("inspect", "prompt", "p1").out())
                .contains("no rollout of this prompt by policy default has been filtered")
                .contains("there are some of a, b; try --set policy.name=a");

        Cli unknown = krpo("inspect", "prompt", "p9");
        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err()).contains(prefix + ".prompts has no prompt \"p9\"; an existing one is p");
    }

    @Test
    void shouldCountOnlyTrainableSamplesWhenTrainingOffline() {
        ok("topics", "create", "--set", "topics.partitions=3", "--set", "topics.taskPartitions=2");
        write(
                "advantages",
                "p1",
                sample(0, ""),
                sample(1, "pods"),
                sample(2, "pods"),
                sample(3, ""),
                version(1, "v", "ab"));

        Cli offline = krpo(
                "train-offline",
                "--prefix",
                prefix,
                "--checkpoints",
                folder.toString(),
                "--set",
                "trainer.batchSize=3");

        assertThat(offline.exitCode()).isEqualTo(2);
        assertThat(offline.err()).contains("2 advantages are fewer than a batch of 3");
    }

    @Test
    void shouldShowTheLastRecordsDespiteTransactionMarkers() {
        ok("topics", "create");
        write("training-steps", "default", step(1), step(2), step(3), step(4));
        write("policy-versions", "default", version(3, "v3", "ab"), version(4, "v4", "cd"));
        write("rollouts", "p1", rollout(0, 3), rollout(1, 4));

        assertThat(ok("inspect", "steps", "-n", "3").out().lines().skip(1).map(line -> line.trim()
                        .split("\\s+")[2]))
                .containsExactly("2", "3", "4");
        assertThat(ok("inspect", "versions").out()).contains("v3").contains("v4");
        assertThat(ok("inspect", "staleness", "-n", "2").out())
                .containsPattern("0 +2 #{10}\\R")
                .containsPattern("1 +6 #{30}\\R")
                .contains("dropped since version 0: 3 samples: too-stale (2), unusable (1)");
        assertThat(ok("inspect", "rollouts", "-n", "1").out())
                .hasLineCount(2)
                .contains("task-1/0")
                .contains("(prompt no longer exists)")
                .contains("p1")
                .contains("1.000");
        write("prompts", "p1", new Prompt("p1", "2+4=", "6", "sums", Map.of()));
        assertThat(ok("inspect", "rollouts", "-n", "1").out()).contains("2+4=");
        assertThat(ok("inspect", "steps", "-n", "1").out()).contains("default").contains("0.5 (max 1)");
        assertThat(krpo("inspect", "steps", "-n", "0").exitCode()).isEqualTo(2);
    }

    @Test
    void shouldShowOnePolicyAndNameTheOthers() {
        ok("topics", "create");
        String other = "policy.name=other";
        assertThat(ok("inspect", "steps").out()).isEqualToIgnoringNewLines("no training step of policy default yet");

        write("training-steps", "default", step(1));
        write("policy-versions", "default", version(1, "v1", "ab"));
        write("rollouts", "p1", rollout(0, 1));
        write("baselines", "p1", new KalmanState("p1", "sums", 0.25, 0.04, 12L, 3L, 0L, 0.1875, 0.125, "default"));

        String hint = ", but there are some of default; try --set policy.name=default";
        assertThat(ok("inspect", "steps", "--set", other).out())
                .isEqualToIgnoringNewLines("no training step of policy other yet" + hint);
        assertThat(ok("inspect", "staleness", "--set", other).out()).contains(hint);
        assertThat(ok("inspect", "versions", "--set", other).out())
                .isEqualToIgnoringNewLines("no version of policy other yet" + hint);
        assertThat(ok("inspect", "rollouts", "--set", other).out())
                .isEqualToIgnoringNewLines("no rollout of policy other yet" + hint);
        assertThat(ok("inspect", "prompt", "p1").out())
                .contains("filter       of policy default in dataset sums", "mean         0.25");
        assertThat(krpo("inspect", "prompt", "p1", "--set", other).exitCode()).isEqualTo(2);
    }

    @Test
    void shouldReadARunWithAnUnknownNumberOfPartitions() {
        ok("topics", "create", "--set", "topics.partitions=3");
        write("rollouts", "p1", rollout(0, 1));

        assertThat(ok("inspect", "rollouts").out()).contains("task-0/0");
        assertThat(ok("dead-letters", "list").out()).isEqualToIgnoringNewLines("0 letters");
        Cli missing = Cli.run(
                "inspect", "steps", "--bootstrap-servers", BROKER.bootstrapServers(), "--set", "topics.prefix=none");
        assertThat(missing.out()).isEmpty();
        assertThat(missing.err()).contains("none.prompts is missing").contains("krpo topics create");
    }

    @Test
    void shouldShowFromWhichVersionReplayIsPossible() throws Exception {
        ok("topics", "create");
        String checkpoints = "policy.checkpoints=" + folder.resolve("checkpoints");
        assertThat(ok("inspect", "retention", "--set", checkpoints).out())
                .contains("no version of policy default has been trained yet");

        write("training-steps", "default", step(1), step(2));
        assertThat(ok("inspect", "retention", "--set", checkpoints).out())
                .contains("versions 1 to 2 have all their samples")
                .contains("keeps records for 7 days")
                .contains(folder.resolve("checkpoints") + " does not exist on this machine")
                .contains("unknown: run this where the checkpoints are");
        Files.createDirectories(folder.resolve("checkpoints"));
        assertThat(ok("inspect", "retention", "--set", checkpoints).out())
                .contains("none in " + folder)
                .contains("not possible: no retained checkpoint");
        Files.createDirectories(folder.resolve("checkpoints/v00000000-0badcafe"));
        Files.createDirectories(folder.resolve("checkpoints/v00000001-5f0a93c7"));
        write("policy-versions", "default", version(1, "v00000001-5f0a93c7", "ab12"));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", BROKER.bootstrapServers()))) {
            admin.incrementalAlterConfigs(Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, prefix + ".advantages"),
                            List.of(new AlterConfigOp(
                                    new ConfigEntry("retention.bytes", "1000"), AlterConfigOp.OpType.SET)),
                            new ConfigResource(ConfigResource.Type.TOPIC, prefix + ".training-steps"),
                            List.of(new AlterConfigOp(
                                    new ConfigEntry("retention.ms", "864000000"), AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
        assertThat(ok("inspect", "retention", "--set", checkpoints).out())
                .contains("possible from version 1: krpo replay --from 1")
                .contains("advantages keeps at most retention.bytes=1000 per partition")
                .contains("training-steps has retention.ms=864000000, but restart and replay need all of its records");
    }

    @Test
    void shouldListShowAndRedriveDeadLetters() {
        ok("topics", "create");
        Rollout rejected = rollout(7, 3);
        ByteBuffer key = ByteBuffer.wrap("p1".getBytes(StandardCharsets.UTF_8));
        String rollouts = prefix + ".rollouts";
        write(
                "dead-letters",
                "p1",
                new DeadLetter(
                        rollouts,
                        2,
                        9L,
                        key,
                        ByteBuffer.wrap(encoded(rejected)),
                        "late-for-group",
                        "late",
                        "topology",
                        1L,
                        "",
                        0),
                new DeadLetter(
                        rollouts,
                        2,
                        10L,
                        key,
                        ByteBuffer.wrap(new byte[] {1, 2}),
                        "truncated",
                        "short",
                        "topology",
                        2L,
                        "",
                        0),
                new DeadLetter(rollouts, 2, 11L, key, null, "too-large", "large", "topology", 3L, "", 0),
                new DeadLetter("elsewhere", 0, 1L, key, key, "late-for-group", "other run", "topology", 4L, "", 0));

        Cli list = ok("dead-letters", "list");
        assertThat(list.out())
                .contains(rollouts + "-2@9 rejected by the topology: late-for-group: late")
                .endsWith("4 letters: late-for-group (2), too-large (1), truncated (1)" + System.lineSeparator());
        String[] names =
                list.out().lines().limit(4).map(line -> line.split(" ")[0]).toArray(String[]::new);
        assertThat(ok("dead-letters", "list", "--reason", "truncated", "-n", "1")
                        .out())
                .startsWith(names[1])
                .hasLineCount(2);
        assertThat(ok("dead-letters", "show", names[0]).out())
                .contains("reason     late-for-group")
                .contains("\"rolloutId\": \"task-7/0\"");
        assertThat(ok("dead-letters", "show", names[1]).out()).contains("2 bytes that cannot be read: 0102");

        assertThat(ok("dead-letters", "redrive", "--all", "--dry-run").out()).contains("2 of 4 letters would be");
        assertThat(ok("inspect", "rollouts").out()).contains("no rollout of policy default yet");
        assertThat(krpo("dead-letters", "redrive", names[0], "9@9").err()).contains("no such letter: 9@9");
        assertThat(ok("inspect", "rollouts").out()).contains("no rollout of policy default yet");
        assertThat(ok("dead-letters", "redrive", "--reason", "late-for-group").out())
                .contains(names[3] + " stays: elsewhere is not a topic of this run")
                .contains("1 of 2 letters redriven");
        assertThat(ok("inspect", "rollouts").out()).contains("task-7/0");
        Cli bytesMissing = krpo("dead-letters", "redrive", names[2]);
        assertThat(bytesMissing.out()).contains("holds no bytes").contains("0 of 1 letter redriven");
        assertThat(bytesMissing.exitCode()).isEqualTo(2);

        assertThat(krpo("dead-letters", "redrive").err()).contains("select the letters");
        for (String none : List.of("9@9", "0@99", "0", "12345678901@1", "first")) {
            assertThat(krpo("dead-letters", "show", none).err()).contains("no such letter: " + none);
        }
    }

    @Test
    void shouldListAndRedriveMoreLettersThanFitIntoMemory() throws Exception {
        ok("topics", "create");
        int letters = 40;
        byte[] rejected = new byte[6 << 20];
        Map<String, Object> config =
                Map.of("bootstrap.servers", BROKER.bootstrapServers(), "max.request.size", RecordLimits.MAX_BYTES);
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < letters; i++) {
                DeadLetter letter = new DeadLetter(
                        prefix + ".rollouts",
                        0,
                        (long) i,
                        null,
                        ByteBuffer.wrap(rejected),
                        "truncated",
                        "short",
                        "topology",
                        (long) i,
                        "",
                        0);
                producer.send(new ProducerRecord<>(prefix + ".dead-letters", i % 4, null, encoded(letter)))
                        .get();
            }
        }

        assertThat(inSmallMemory("dead-letters", "list", "-n", "2"))
                .contains("rollouts-0@38", "rollouts-0@39", "40 letters: truncated (40)")
                .doesNotContain("rollouts-0@37");
        assertThat(inSmallMemory("dead-letters", "show", "3@0")).contains("6291456 bytes that cannot be read");
        assertThat(inSmallMemory("dead-letters", "redrive", "--all")).contains("40 of 40 letters redriven");
        long[] driven = {0};
        CommittedRecords.read(
                new KafkaSettings(Config.defaults().with(KafkaSettings.BOOTSTRAP_SERVERS, BROKER.bootstrapServers())),
                prefix + ".rollouts",
                Duration.ofSeconds(60),
                record -> driven[0] += record.value().length);
        assertThat(driven[0]).isEqualTo((long) letters * rejected.length);
    }

    /** The output of a process with too little memory to hold all letters. */
    private String inSmallMemory(String... args) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx160m",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.krpo.cli.Krpo"));
        Collections.addAll(command, args);
        Collections.addAll(
                command, "--bootstrap-servers", BROKER.bootstrapServers(), "--set", "topics.prefix=" + prefix);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(out).isZero();
        return out;
    }

    @Test
    void shouldRedriveARejectedSampleAsItsRolloutAndNeverAnAnnouncement() {
        ok("topics", "create");
        write(
                "dead-letters",
                "p1",
                letter("policy-versions", version(2, "v2", "ab")),
                letter("prompts", new Prompt("p1", "1+2=", "3", "sums", Map.of())),
                letter("advantages", sample(7, "")));

        Cli all = ok("dead-letters", "redrive", "--all");

        assertThat(all.out())
                .contains("a record of " + prefix + ".policy-versions cannot be redriven")
                .contains("a record of " + prefix + ".prompts cannot be redriven")
                .contains("1 of 3 letters redriven");
        assertThat(ok("inspect", "versions").out()).contains("no version");
        List<ConsumerRecord<byte[], byte[]>> rollouts = new ArrayList<>();
        CommittedRecords.read(
                new KafkaSettings(Config.of(Map.of("kafka.bootstrap.servers", BROKER.bootstrapServers()))),
                prefix + ".rollouts",
                Duration.ofSeconds(30),
                rollouts::add);
        assertThat(rollouts).hasSize(1);
        assertThat(rollouts.get(0).key()).asString(StandardCharsets.UTF_8).isEqualTo("p1");
        assertThat(RecordSerde.of(Rollout.class).decode(rollouts.get(0).value()))
                .isEqualTo(rollout(7, 0));
    }

    private DeadLetter letter(String topic, SpecificRecordBase record) {
        ByteBuffer bytes = ByteBuffer.wrap(encoded(record));
        return new DeadLetter(prefix + "." + topic, 0, 1L, null, bytes, "unusable", "test", "trainer", 1L, "", 0);
    }

    @Test
    void shouldShowTheLagInRecordsAndVersions() throws Exception {
        ok("topics", "create");
        assertThat(ok("inspect", "lag").out()).containsPattern("streams +no .* never started");

        write("training-steps", "default", step(1));
        write("policy-versions", "default", version(4, "v4", "cd"));
        write("rollouts", "p1", rollout(0, 3), rollout(1, 3), rollout(2, 3));
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", BROKER.bootstrapServers()))) {
            for (int partition = 0; partition < 4; partition++) {
                admin.alterConsumerGroupOffsets(
                                prefix + "-streams",
                                Map.of(new TopicPartition(prefix + ".rollouts", partition), new OffsetAndMetadata(0)))
                        .all()
                        .get();
            }
        }

        // Three rollouts, each followed by a transaction marker that is not counted; a step takes two samples.
        assertThat(ok("inspect", "lag").out())
                .containsPattern("streams +no +" + prefix + "\\.rollouts +3 +1\\.5")
                .contains("newest version of policy default: 4; the newest rollout was generated by version 3, 1"
                        + " version before");
    }

    @Test
    void shouldEvaluateTheNewestVersionOfTheRun() throws IOException {
        ok("topics", "create");
        Path questions =
                Files.writeString(folder.resolve("held-out.jsonl"), "{\"question\":\"1+2=\",\"answer\":\"3\"}\n");
        Path checkpoints = folder.resolve("checkpoints");
        String[] eval = {
            "eval",
            "--held-out",
            questions.toString(),
            "--max-new-tokens",
            "3",
            "--set",
            "policy.device=cpu",
            "--set",
            "policy.checkpoints=" + checkpoints
        };

        Cli none = krpo(eval);
        assertThat(none.exitCode()).isEqualTo(2);
        assertThat(none.err()).contains(prefix + ".policy-versions has no version of policy \"default\"");

        DirectoryCheckpointStore store = new DirectoryCheckpointStore(checkpoints);
        store.create();
        CheckpointRef written = store.write("v00000001", tinyModel());
        write("policy-versions", "default", version(1, "v00000001", written.sha256()));

        assertThat(ok(eval).out())
                .startsWith("version 1 of default answers ")
                .contains("% of 1 question (greedy, by exact-match)");
        Cli given = Cli.run("eval", "--held-out", questions.toString(), "--checkpoint", checkpoints + "/v00000001");
        assertThat(given.exitCode()).isZero();
        assertThat(given.out()).startsWith(checkpoints + "/v00000001 answers ");

        write("policy-versions", "default", version(2, "v00000001", "0".repeat(64)));
        Cli damaged = krpo(eval);
        assertThat(damaged.exitCode()).isEqualTo(1);
        assertThat(damaged.err()).contains("SHA-256").contains(written.sha256()).hasLineCount(1);
    }

    @Test
    void shouldEndWithZeroWhenARoleIsTerminated() throws Exception {
        ok("topics", "create");
        Process process = topology(folder.resolve("state"));
        try (var out = process.inputReader()) {
            assertThat(out.readLine())
                    .isEqualTo("streams: running on " + BROKER.bootstrapServers() + ", topics " + prefix
                            + ".*; Ctrl-C stops it");
            // Use the handle: Process.destroy() would also close the output.
            process.toHandle().destroy();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(out.readLine()).isEqualTo("streams: stopped");
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void shouldNotStartASecondTopologyOnTheSameState() throws Exception {
        ok("topics", "create");
        Path state = folder.resolve("state");
        Process first = topology(state);
        try (var out = first.inputReader()) {
            assertThat(out.readLine()).startsWith("streams: running on ");

            Cli second = krpo("streams", "--set", "streams.stateDir=" + state);
            assertThat(second.exitCode()).isEqualTo(2);
            assertThat(second.err())
                    .startsWith("krpo: " + state.resolve(prefix + "-streams") + " is in use by process " + first.pid()
                            + " (krpo streams, running since ")
                    .hasLineCount(1);
            assertThat(first.isAlive()).isTrue();
        } finally {
            first.destroyForcibly().waitFor();
        }
    }

    private Process topology(Path state) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        // Use the command's own logging, not that of the tests.
                        "-Dlogback.configurationFile=logback.xml",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.krpo.cli.Krpo",
                        "streams",
                        "--bootstrap-servers",
                        BROKER.bootstrapServers(),
                        "--set",
                        "topics.prefix=" + prefix,
                        "--set",
                        "streams.stateDir=" + state)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static CheckpointContents tinyModel() {
        TorchEngine.configure(1);
        CharTokenizer tokenizer = new CharTokenizer("0123456789+-*/=() <>answer.,?");
        ModelConfig config = new ModelConfig(tokenizer.vocabularySize(), 16, 32, 1, 2, 1, 32, 1e-5, 10_000, true, 0.02);
        try (Policy policy = Policy.initialise(config, tokenizer, 7, TorchEngine.device("cpu"))) {
            return new CheckpointContents(config, tokenizer, policy.snapshot(), Map.of());
        }
    }

    private static AdvantageSample sample(int task, String leftOut) {
        return new AdvantageSample(rollout(task, 0), 1.0, 0.0, 1.0, "grpo", 0, 0L, 0L, leftOut);
    }

    private static PolicyVersion version(long version, String uri, String sha256) {
        return new PolicyVersion("default", version, uri, sha256, 100L, 0L);
    }

    private static Rollout rollout(int task, long version) {
        return new Rollout(
                "task-" + task + "/0",
                "task-" + task,
                "task-" + task,
                1,
                0,
                "p1",
                "sums",
                "default",
                PrimitiveArrays.of(4, 5, 13),
                PrimitiveArrays.of(9, 2),
                PrimitiveArrays.of(-0.25f, -0.5f),
                List.of(new TokenRun(version, 2)),
                "6",
                1.0,
                Map.of(),
                FinishReason.STOP,
                new SamplingParameters(1.0, 1.0, 8, 42L),
                "worker-1",
                1000L,
                1001L,
                1002L,
                List.of());
    }

    /** A step of two samples. */
    private static TrainingStep step(long number) {
        return TrainingStep.newBuilder()
                .setPolicyName("default")
                .setStep(number)
                .setVersionBefore(number - 1)
                .setVersionAfter(number)
                .setSamples(List.of(new SampleRef(0, 2 * number), new SampleRef(0, 2 * number + 1)))
                .setNextOffsets(List.of())
                .setSamplesTrained(2 * number)
                .setSamplesDropped(3)
                .setLoss(0.5)
                .setPolicyLoss(0.5)
                .setKl(0)
                .setEntropy(0.3)
                .setGradientNorm(1.5)
                .setClipFraction(0.1)
                .setImportanceRatioMean(1)
                .setRewardMean(0.5)
                .setAdvantageMean(0)
                .setAdvantageVariance(1)
                .setStalenessMean(0.5)
                .setStalenessMax(1)
                .setCompletionTokens(4)
                .setPromptTokens(6)
                .setLearningRate(1e-4)
                .setWaitMs(5)
                .setLearnMs(6)
                .setThreads(1)
                .setFinishedAtMs(1005)
                .setStalenessHistogram(List.of(1, 3))
                .setDropped(Map.of("too-stale", 2L, "unusable", 1L))
                .build();
    }
}
