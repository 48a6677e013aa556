package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.runtime.cluster.CommittedRecords;
import dev.krpo.runtime.cluster.TopicOffsets;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.SampleRef;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.TrainingStep;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.schemas.serde.RecordSerde;
import dev.krpo.schemas.serde.UndecodableRecordException;
import dev.krpo.settings.Config;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecordBase;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the pipeline as separate processes under a random schedule of faults and checks the invariants afterwards. The
 * default schedule is short; {@code ./mvnw verify -Pchaos} runs a long one. {@code -Dchaos.seed=N} repeats a schedule.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class ChaosEmbeddedTest {

    private static final Logger LOG = LoggerFactory.getLogger(ChaosEmbeddedTest.class);
    private static final int FAULTS = Integer.getInteger("chaos.faults");
    private static final long SEED = Long.getLong("chaos.seed", new Random().nextLong());
    private static final Path EXAMPLE = Path.of("..", "examples", "arithmetic").toAbsolutePath();
    private static final Duration OUTAGE = Duration.ofSeconds(Integer.getInteger("chaos.outageSeconds"));
    private static final Duration RECOVERY = Duration.ofMinutes(2);
    private static final int BATCH = 64;
    private static final int PARTITIONS = 2;
    private static final List<String> ROLES = List.of("streams", "worker", "trainer");

    private enum Fault {
        KILL,
        TERMINATE,
        PAUSE,
        CUT_NETWORK,
        SET_CLOCK,
        RESTART_BROKER
    }

    @TempDir
    private Path directory;

    private final Random random = new Random(SEED);
    private final List<RoleChild> roles = new ArrayList<>();
    private final List<String> schedule = new ArrayList<>();
    private final List<TcpProxy> proxies = new ArrayList<>();
    private final Map<String, String> listeners = new HashMap<>();
    private HostileProducer hostile;
    private EmbeddedBroker broker;
    private String direct;
    private Path yaml;
    private Map<String, String> config;
    private int outageTimeoutMs = 600_000;

    private interface Body {
        void run() throws Exception;
    }

    /** One in a hundred rollouts is hostile, covering every kind; on their own, none of them stops a role. */
    @Test
    void shouldLoseNothingRepeatNothingAndReplayBitIdenticallyDespiteFaultsAndHostileRecords() throws Exception {
        LOG.info("chaos: {} faults, -Dchaos.seed={}", FAULTS, SEED);
        onPipeline(() -> {
            hostile.sendEachKind();
            awaitSteps(steps().size() + 3);
            assertThat(schedule).as("roles that ended").isEmpty();
            awaitDeadLetters();
            for (int fault = 0; fault < FAULTS; fault++) {
                inject();
                awaitSteps(steps().size() + 2);
            }
            awaitDeadLetters();
            LOG.info("chaos: {} hostile rollouts among {}", hostile.rollouts(), rolloutsWritten());
        });
    }

    /** A clock set ahead stops no role for good; a role whose clock is set back exits, and resumes when restarted. */
    @Test
    void shouldContinueWhenTheClockOfEachRoleJumps() throws Exception {
        onPipeline(() -> {
            for (RoleChild role : roles) {
                for (int hours : new int[] {10, -10, 0}) {
                    setClock(role, Duration.ofHours(hours));
                    awaitSteps(steps().size() + 5);
                }
            }
        });
    }

    /**
     * A kill schedule restarts roles; here none may exit, although the outage lasts long enough for roles to notice.
     */
    @Test
    void shouldSurviveABrokerOutageAndLogWhatItWaitsFor() throws Exception {
        onPipeline(() -> {
            broker.close();
            pass(OUTAGE.toMillis());
            broker = EmbeddedBroker.start(directory.resolve("broker"), listeners);
            awaitSteps(steps().size() + 3);

            assertThat(schedule).as("roles that ended").isEmpty();
            for (int role = 0; role < ROLES.size(); role++) {
                assertThat(log(ROLES.get(role)))
                        .contains(ROLES.get(role) + ": no Kafka broker has answered at localhost:"
                                + proxies.get(role).port() + " for ")
                        .contains("resuming work");
            }
        });
    }

    @Test
    void shouldStopNamingBrokerAndRemedyWhenTheOutageLasts() throws Exception {
        outageTimeoutMs = 8_000;
        onCluster(() -> {
            for (String role : ROLES) {
                start(role);
            }
            awaitSteps(3);
            broker.close();
            for (RoleChild role : roles) {
                await().alias(role.name() + " ends").atMost(RECOVERY).until(() -> !role.isAlive());
                assertThat(role.exitCode()).as("exit code of %s", role.name()).isEqualTo(Krpo.FAILURE);
                assertThat(log(role.name()))
                        .contains("krpo: " + role.name() + " stopped: no Kafka broker has answered at localhost:"
                                + proxies.get(roles.indexOf(role)).port() + " for ")
                        .contains("Start the broker or restore the network, then restart this role");
            }
            broker = EmbeddedBroker.start(directory.resolve("broker"), listeners);
            for (RoleChild role : roles) {
                role.start();
            }
            awaitSteps(steps().size() + 2);
            stop();
            assertThatTheLogIsWhole();
        });
    }

    @Test
    void shouldWaitForGroupMembersEvenIfTheClockIsSetAhead() throws Exception {
        onCluster(() -> {
            RoleChild streams = start("streams");
            send("pair", 2, 0);
            send("before", 1, 0);
            awaitEstimated("before/0");

            setClock(streams, Duration.ofHours(10));
            send("after", 1, 0);
            awaitEstimated("after/0");
            send("pair", 2, 1);

            awaitEstimated("pair/1");
            assertThat(read("advantages", AdvantageSample.class))
                    .extracting(sample -> sample.getRollout().getRolloutId())
                    .containsExactly("before/0", "after/0", "pair/0", "pair/1");

            send("lone", 2, 0);
            send("last", 1, 0);
            awaitEstimated("last/0");
            streams.kill();
            streams.start();
            awaitEstimated("lone/0");
        });
    }

    /** Injects the faults while the roles are working; afterwards the log must be complete. */
    private void onPipeline(Body faults) throws Exception {
        onCluster(() -> {
            for (String role : ROLES) {
                start(role);
            }
            awaitSteps(3);
            faults.run();
            stop();
            assertThatTheLogIsWhole();
        });
    }

    private void onCluster(Body body) throws Exception {
        openListeners();
        broker = EmbeddedBroker.start(directory.resolve("broker"), listeners);
        try {
            prepare();
            hostile = new HostileProducer(new KafkaSettings(Config.of(config)), "chaos", PARTITIONS, SEED);
            body.run();
        } catch (Throwable e) {
            throw new AssertionError("-Dchaos.seed=" + SEED + " after " + schedule + ": " + logs(), e);
        } finally {
            roles.forEach(RoleChild::close);
            if (hostile != null) {
                hostile.close();
            }
            broker.close();
            proxies.forEach(TcpProxy::close);
        }
    }

    private RoleChild start(String role) throws IOException {
        TcpProxy proxy = proxies.get(ROLES.indexOf(role));
        RoleChild child = new RoleChild(role, yaml("localhost:" + proxy.port()), directory);
        roles.add(child);
        child.start();
        return child;
    }

    /** A listener for each role behind a proxy of its own, and a direct one for the test. */
    private void openListeners() throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        for (int i = 0; i < 2 + ROLES.size(); i++) {
            sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        }
        int[] ports = sockets.stream().mapToInt(ServerSocket::getLocalPort).toArray();
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        direct = "localhost:" + ports[0];
        StringBuilder bound = new StringBuilder("PLAINTEXT://" + direct + ",CONTROLLER://localhost:" + ports[1]);
        StringBuilder advertised = new StringBuilder("PLAINTEXT://" + direct);
        StringBuilder protocols = new StringBuilder("PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        for (int role = 0; role < ROLES.size(); role++) {
            TcpProxy proxy = new TcpProxy(ports[2 + role]);
            proxies.add(proxy);
            String name = ROLES.get(role).toUpperCase(Locale.ROOT);
            bound.append(",").append(name).append("://localhost:").append(ports[2 + role]);
            advertised.append(",").append(name).append("://localhost:").append(proxy.port());
            protocols.append(",").append(name).append(":PLAINTEXT");
        }
        listeners.put("controller.quorum.voters", "1@localhost:" + ports[1]);
        listeners.put("listeners", bound.toString());
        listeners.put("advertised.listeners", advertised.toString());
        listeners.put("listener.security.protocol.map", protocols.toString());
    }

    private void prepare() throws Exception {
        config = Map.of("kafka.bootstrap.servers", direct, "topics.prefix", "chaos");
        yaml = yaml(direct);
        krpo("topics", "create");
        krpo("prompts", "load", EXAMPLE.resolve("train.jsonl").toString());
    }

    private Path yaml(String bootstrapServers) throws IOException {
        return Files.writeString(
                directory.resolve("run-" + bootstrapServers.replace(':', '-') + ".yaml"),
                String.join(
                        "\n",
                        "kafka.bootstrap.servers: " + bootstrapServers,
                        "broker.outageTimeoutMs: " + outageTimeoutMs,
                        "topics.prefix: chaos",
                        "topics.partitions: " + PARTITIONS,
                        "topics.taskLockMs: 3000",
                        "topics.taskDeliveries: 10",
                        "streams.stateDir: " + directory.resolve("state"),
                        "streams.threads: 1",
                        "streams.groupTimeoutMs: 120000",
                        "policy.baseModel: " + EXAMPLE.resolve("base-model"),
                        "policy.checkpoints: " + directory.resolve("checkpoints"),
                        "policy.device: cpu",
                        "scheduler.maxNewTokens: 6",
                        "scheduler.taskTimeoutMs: 20000",
                        "trainer.batchSize: " + BATCH));
    }

    private void inject() throws Exception {
        Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
        RoleChild role = roles.get(random.nextInt(roles.size()));
        long pauseMs = 500 + random.nextInt(8_000);
        schedule.add(fault + (fault == Fault.RESTART_BROKER ? "" : " " + role.name()) + " after " + steps().size()
                + " steps");
        LOG.info("chaos: {}", schedule.get(schedule.size() - 1));
        switch (fault) {
            case KILL -> {
                role.kill();
                role.start();
            }
            case TERMINATE -> {
                role.terminate();
                assertThat(role.exitCode()).as("exit code of %s", role.name()).isZero();
                role.start();
            }
            case PAUSE -> {
                role.signal("STOP");
                pass(pauseMs);
                role.signal("CONT");
            }
            case CUT_NETWORK -> {
                proxies.get(roles.indexOf(role)).cut();
                pass(pauseMs);
                proxies.get(roles.indexOf(role)).restore();
            }
            case SET_CLOCK -> setClock(role, Duration.ofHours(random.nextInt(-10, 11)));
            case RESTART_BROKER -> {
                broker.close();
                broker = EmbeddedBroker.start(directory.resolve("broker"), listeners);
            }
        }
    }

    private void awaitEstimated(String rolloutId) {
        await().alias(rolloutId + " is estimated")
                .atMost(RECOVERY)
                .until(() -> read("advantages", AdvantageSample.class).stream()
                        .anyMatch(sample -> sample.getRollout().getRolloutId().equals(rolloutId)));
    }

    private void send(String group, int size, int index) throws Exception {
        Rollout rollout = new Rollout(
                group + "/" + index,
                group,
                group,
                size,
                index,
                "prompt",
                "arithmetic",
                "default",
                PrimitiveArrays.of(4, 13, 5),
                PrimitiveArrays.of(3, 2),
                PrimitiveArrays.of(-2f, -0.7f),
                List.of(new TokenRun(0L, 2)),
                "0",
                (double) index,
                Map.of(),
                FinishReason.STOP,
                new SamplingParameters(1.0, 1.0, 4, (long) index),
                "test",
                0L,
                1L,
                2L,
                List.of());
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(
                new KafkaSettings(Config.of(config)).client(Map.of()),
                new StringSerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            "chaos.rollouts",
                            "prompt",
                            RecordSerde.of(Rollout.class).encode(rollout)))
                    .get();
        }
    }

    private void setClock(RoleChild role, Duration ahead) throws IOException {
        if (role.clock().set(ahead).isNegative()) {
            await().alias(role.name() + " ends").atMost(Duration.ofSeconds(30)).until(() -> !role.isAlive());
            assertThat(role.exitCode()).as("exit code of %s", role.name()).isEqualTo(Krpo.FAILURE);
            role.start();
        }
    }

    private static void pass(long millis) {
        await().pollDelay(Duration.ofMillis(millis))
                .atMost(Duration.ofMillis(2 * millis))
                .until(() -> true);
    }

    /** Restarts exited roles, as a supervisor would. */
    private void awaitSteps(int count) {
        await().alias(count + " steps")
                .atMost(RECOVERY)
                .pollInterval(Duration.ofMillis(500))
                .until(() -> {
                    for (RoleChild role : roles) {
                        if (!role.isAlive()) {
                            schedule.add(role.name() + " ended with " + role.exitCode() + " and was restarted");
                            role.start();
                        }
                    }
                    int steps = steps().size();
                    if (hostile.rollouts() > 0) {
                        hostile.keepUpWith(rolloutsWritten());
                    }
                    return steps >= count;
                });
    }

    private void awaitDeadLetters() {
        await().alias("every hostile record is a dead letter")
                .atMost(RECOVERY)
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(() -> hostile.assertThatEachIsADeadLetter(read("dead-letters", DeadLetter.class)));
    }

    private long rolloutsWritten() throws InterruptedException {
        try (Admin admin = Admin.create(new KafkaSettings(Config.of(config)).client(Map.of()))) {
            return TopicOffsets.of(admin, "chaos.rollouts", OffsetSpec.latest()).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
        }
    }

    /** Stops the roles that generate rollouts first, then the topology once nothing is left to estimate. */
    private void stop() throws Exception {
        roles.get(2).terminate();
        roles.get(1).terminate();
        await().alias("every rollout is estimated")
                .atMost(RECOVERY)
                .until(() -> ids(read("advantages", AdvantageSample.class).stream()
                                .map(AdvantageSample::getRollout)
                                .toList())
                        .containsAll(ids(read("rollouts", Rollout.class))));
        roles.get(0).terminate();
    }

    private void assertThatTheLogIsWhole() {
        List<AdvantageSample> samples = read("advantages", AdvantageSample.class);
        Set<String> estimated = new HashSet<>();
        for (AdvantageSample sample : samples) {
            assertThat(estimated.add(sample.getRollout().getRolloutId()))
                    .as("%s is estimated once", sample.getRollout().getRolloutId())
                    .isTrue();
        }
        assertThat(estimated).isEqualTo(ids(read("rollouts", Rollout.class)));

        List<PolicyVersion> versions = read("policy-versions", PolicyVersion.class);
        List<TrainingStep> steps = steps();
        assertThat(versions).hasSize(steps.size() + 1);
        Set<SampleRef> trained = new HashSet<>();
        for (int i = 0; i < steps.size(); i++) {
            assertThat(versions.get(i + 1).getVersion()).isEqualTo(i + 1L);
            assertThat(steps.get(i).getVersionBefore()).isEqualTo(i);
            assertThat(steps.get(i).getVersionAfter()).isEqualTo(i + 1L);
            assertThat(steps.get(i).getSamples()).hasSize(BATCH);
            for (SampleRef sample : steps.get(i).getSamples()) {
                assertThat(trained.add(sample)).as("%s is trained once", sample).isTrue();
            }
        }
        assertThat(krpo("replay")).contains("all " + steps.size() + " versions are bit-identical");
    }

    private String krpo(String... command) {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of("--config", yaml.toString()));
        Cli run = Cli.run(arguments.toArray(String[]::new));
        assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
        return run.out();
    }

    private List<TrainingStep> steps() {
        return read("training-steps", TrainingStep.class);
    }

    private <T extends SpecificRecordBase> List<T> read(String topic, Class<T> type) {
        RecordSerde<T> serde = RecordSerde.of(type);
        List<T> values = new ArrayList<>();
        CommittedRecords.read(new KafkaSettings(Config.of(config)), "chaos." + topic, RECOVERY, record -> {
            if (!hostile.mustBeRejected(record)) {
                decode(serde, record).ifPresent(values::add);
            }
        });
        return values;
    }

    /** Empty for random bytes. */
    private static <T extends SpecificRecordBase> Optional<T> decode(
            RecordSerde<T> serde, ConsumerRecord<?, byte[]> record) {
        try {
            return Optional.of(serde.decode(record.value()));
        } catch (UndecodableRecordException e) {
            LOG.debug("{}@{}", record.topic(), record.offset(), e);
            return Optional.empty();
        }
    }

    private static Set<String> ids(List<Rollout> rollouts) {
        Set<String> ids = new HashSet<>();
        rollouts.forEach(rollout -> ids.add(rollout.getRolloutId()));
        return ids;
    }

    private String log(String role) throws IOException {
        return Files.readString(directory.resolve(role + ".log"));
    }

    /** The tail of each role's log. */
    private String logs() throws Exception {
        StringBuilder tails = new StringBuilder();
        for (String role : ROLES) {
            Path log = directory.resolve(role + ".log");
            List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
            tails.append("\n--- ").append(role).append('\n');
            lines.subList(Math.max(0, lines.size() - 25), lines.size())
                    .forEach(line -> tails.append(line).append('\n'));
        }
        return tails.toString();
    }
}
