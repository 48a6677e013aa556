package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.TokenRun;
import dev.krpo.schemas.serde.PrimitiveArrays;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.schemas.serde.RecordSerde;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rejected records go to dead-letters with their bytes, and produce no other output. */
class RejectionTest {

    private static final long SEED = 42;

    @TempDir
    Path stateDir;

    private TopologyHarness topology;

    @BeforeEach
    void start() {
        topology = new TopologyHarness(stateDir, Map.of());
    }

    @AfterEach
    void stop() {
        topology.close();
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("brokenRollouts")
    void shouldNameFieldValueAndRemedyOfARolloutThatBreaksARule(
            String reason, String detail, Consumer<Rollout.Builder> breakage) {
        Rollout.Builder builder = Rollouts.member("p1", "t1", 1, 0, 1);
        breakage.accept(builder);
        Rollout broken = builder.build();

        topology.pipe(broken);

        DeadLetter letter = topology.deadLetter();
        assertThat(letter.getReason()).isEqualTo(reason);
        assertThat(letter.getDetail()).contains(detail).contains(";");
        assertThat(letter.getComponent()).isEqualTo("topology");
        assertThat(letter.getValue()).isEqualTo(ByteBuffer.wrap(TopologyHarness.encode(broken)));
        assertThat(topology.advantages()).isEmpty();
        assertThat(topology.baselineRecords()).isEmpty();
    }

    static Stream<Arguments> brokenRollouts() {
        return Stream.of(
                broken("blank-id", "rolloutId is ' '", rollout -> rollout.setRolloutId(" ")),
                broken("blank-id", "taskId is ''", rollout -> rollout.setTaskId("")),
                broken("blank-id", "groupId is ''", rollout -> rollout.setGroupId("")),
                broken("blank-id", "promptId is ''", rollout -> rollout.setPromptId("")),
                broken("blank-id", "dataset is ''", rollout -> rollout.setDataset("")),
                broken("blank-id", "policyName is ''", rollout -> rollout.setPolicyName("")),
                broken("index-out-of-range", "index is 1 and groupSize is 1", rollout -> rollout.setIndex(1)),
                broken("index-out-of-range", "index is -1", rollout -> rollout.setIndex(-1)),
                broken("index-out-of-range", "groupSize is 0", rollout -> rollout.setGroupSize(0)),
                broken(
                        "tokens-missing",
                        "promptTokens is empty",
                        rollout -> rollout.setPromptTokens(PrimitiveArrays.of(new int[0]))),
                broken(
                        "tokens-missing",
                        "completionTokens is empty",
                        rollout -> rollout.setCompletionTokens(PrimitiveArrays.of(new int[0]))),
                broken(
                        "token-negative",
                        "completionTokens[1] is -7",
                        rollout -> rollout.setCompletionTokens(PrimitiveArrays.of(9, -7, 2))),
                broken(
                        "array-lengths-differ",
                        "behaviourLogProbs has 2 values and completionTokens has 3",
                        rollout -> rollout.setBehaviourLogProbs(PrimitiveArrays.of(-1f, -2f))),
                broken(
                        "log-prob-not-finite",
                        "behaviourLogProbs[2] is NaN",
                        rollout -> rollout.setBehaviourLogProbs(PrimitiveArrays.of(-1f, -2f, Float.NaN))),
                broken(
                        "log-prob-not-finite",
                        "behaviourLogProbs[0] is -Infinity",
                        rollout -> rollout.setBehaviourLogProbs(PrimitiveArrays.of(Float.NEGATIVE_INFINITY, -2f, -1f))),
                broken(
                        "log-prob-positive",
                        "behaviourLogProbs[1] is 0.5",
                        rollout -> rollout.setBehaviourLogProbs(PrimitiveArrays.of(-1f, 0.5f, -1f))),
                broken(
                        "log-prob-implausible",
                        "behaviourLogProbs[1] is -9999.0, less than rollouts.minLogProb (-30.0)",
                        rollout -> rollout.setBehaviourLogProbs(PrimitiveArrays.of(-1f, -9999f, -1f))),
                broken(
                        "log-prob-implausible",
                        "behaviourLogProbs[2] is -60.0",
                        rollout -> rollout.setBehaviourLogProbs(PrimitiveArrays.of(-1f, -1f, -60f))),
                broken(
                        "nucleus-mass-missing",
                        "sampling.topP is 0.9 and nucleusLogMass is empty",
                        rollout -> rollout.setSampling(new SamplingParameters(1.0, 0.9, 8, 1L))),
                broken(
                        "array-lengths-differ",
                        "nucleusLogMass has 2 values and completionTokens has 3",
                        rollout -> nucleus(rollout, -0.05f, -0.05f)),
                broken(
                        "nucleus-mass-out-of-range",
                        "nucleusLogMass[1] is 0.5",
                        rollout -> nucleus(rollout, -0.05f, 0.5f, 0f)),
                broken(
                        "nucleus-mass-out-of-range",
                        "nucleusLogMass[0] is -0.3 and sampling.topP is 0.9",
                        rollout -> nucleus(rollout, -0.3f, 0f, 0f)),
                broken(
                        "nucleus-mass-out-of-range",
                        "nucleusLogMass[2] is NaN",
                        rollout -> nucleus(rollout, 0f, 0f, Float.NaN)),
                broken(
                        "nucleus-mass-unexpected",
                        "nucleusLogMass has 3 values and sampling.topP is 1.0",
                        rollout -> rollout.setNucleusLogMass(PrimitiveArrays.of(0f, 0f, 0f))),
                broken(
                        "version-runs-mismatch",
                        "versionRuns add up to 2 tokens and completionTokens has 3",
                        rollout -> rollout.setVersionRuns(List.of(new TokenRun(3L, 2)))),
                broken(
                        "version-runs-mismatch",
                        "versionRuns add up to 0 tokens",
                        rollout -> rollout.setVersionRuns(List.of())),
                broken(
                        "version-runs-mismatch",
                        "a run of 3 tokens by version -1",
                        rollout -> rollout.setVersionRuns(List.of(new TokenRun(-1L, 3)))),
                broken(
                        "version-runs-mismatch",
                        "a run of 0 tokens",
                        rollout -> rollout.setVersionRuns(List.of(new TokenRun(1L, 3), new TokenRun(2L, 0)))),
                broken("reward-not-finite", "reward is NaN", rollout -> rollout.setReward(Double.NaN)),
                broken(
                        "reward-not-finite",
                        "reward is Infinity",
                        rollout -> rollout.setReward(Double.POSITIVE_INFINITY)),
                broken(
                        "reward-not-finite",
                        "rewardComponents['format'] is NaN",
                        rollout -> rollout.setRewardComponents(Map.of("format", Double.NaN))),
                broken(
                        "sampling-out-of-range",
                        "sampling.temperature is 0.0",
                        rollout -> rollout.setSampling(new SamplingParameters(0.0, 1.0, 8, 1L))),
                broken(
                        "sampling-out-of-range",
                        "sampling.temperature is 1.0E-50",
                        rollout -> rollout.setSampling(new SamplingParameters(1e-50, 1.0, 8, 1L))),
                broken(
                        "sampling-out-of-range",
                        "sampling.topP is 1.5",
                        rollout -> rollout.setSampling(new SamplingParameters(1.0, 1.5, 8, 1L))),
                broken(
                        "reward-too-large",
                        "reward is -1.7976931348623157E308, more than 1000000.0",
                        rollout -> rollout.setReward(-Double.MAX_VALUE)),
                broken(
                        "reward-too-large",
                        "rewardComponents['format'] is 1000001.0",
                        rollout -> rollout.setRewardComponents(Map.of("format", 1e6 + 1))));
    }

    private static void nucleus(Rollout.Builder rollout, float... logMass) {
        rollout.setSampling(new SamplingParameters(1.0, 0.9, 8, 1L)).setNucleusLogMass(PrimitiveArrays.of(logMass));
    }

    private static Arguments broken(String reason, String detail, Consumer<Rollout.Builder> breakage) {
        return Arguments.of(reason, detail, breakage);
    }

    @Test
    void shouldRejectAMissingOrEmptyValue() {
        topology.pipe(TopologyHarness.key("p1"), null);
        topology.pipe(TopologyHarness.key("p1"), new byte[0]);

        assertThat(topology.deadLetters())
                .extracting(record -> record.value().getReason())
                .containsExactly("empty", "empty");
    }

    @Test
    void shouldRejectBytesThatAreNotARecord() {
        topology.pipe(TopologyHarness.key("p1"), "{\"reward\": 1}".getBytes(StandardCharsets.UTF_8));

        DeadLetter letter = topology.deadLetter();
        assertThat(letter.getReason()).isEqualTo("not-single-object");
        assertThat(letter.getDetail()).contains("C3 01");
    }

    @Test
    void shouldRejectASchemaThatNoReleaseWroteAndNameItsFingerprint() {
        byte[] value = validBytes();
        value[2] ^= 0x55;

        topology.pipe(TopologyHarness.key("p1"), value);

        DeadLetter letter = topology.deadLetter();
        assertThat(letter.getReason()).isEqualTo("unknown-schema");
        assertThat(letter.getDetail()).containsPattern("fingerprint [0-9a-f]{16}");
    }

    @Test
    void shouldRejectATruncatedRecord() {
        byte[] value = validBytes();

        topology.pipe(TopologyHarness.key("p1"), Arrays.copyOf(value, value.length / 2));

        assertThat(topology.deadLetter().getReason()).isIn("truncated", "length-out-of-range", "count-out-of-range");
    }

    @Test
    void shouldRejectAKeyThatIsNotThePromptId() {
        topology.pipe(TopologyHarness.key("p2"), validBytes());
        topology.pipe(null, validBytes());

        List<TestRecord<byte[], DeadLetter>> letters = topology.deadLetters();
        assertThat(letters)
                .extracting(record -> record.value().getReason())
                .containsExactly("key-mismatch", "key-mismatch");
        assertThat(letters.get(0).value().getDetail()).contains("'p2'").contains("'p1'");
        assertThat(letters.get(1).value().getDetail()).contains("null");
        assertThat(letters.get(1).key()).isNull();
    }

    @Test
    void shouldNameTheSourceOfARejectedRecord() {
        topology.pipe(Rollouts.single("p1", "t1", 1, 0));
        topology.pipe(TopologyHarness.key("p1"), new byte[] {1, 2, 3});

        TestRecord<byte[], DeadLetter> record = topology.deadLetters().get(0);
        DeadLetter letter = record.value();
        assertThat(letter.getSourceTopic()).isEqualTo("krpo.rollouts");
        assertThat(letter.getSourcePartition()).isZero();
        assertThat(letter.getSourceOffset()).isEqualTo(1);
        assertThat(letter.getKey()).isEqualTo(ByteBuffer.wrap(TopologyHarness.key("p1")));
        assertThat(letter.getValue()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
        assertThat(record.key()).isEqualTo(TopologyHarness.key("p1"));
        assertThat(record.timestamp()).isEqualTo(TopologyHarness.START + 1);
    }

    @Test
    void shouldRejectARolloutTooLargeForItsSampleWithoutRepeatingItsBytes() {
        topology.pipe(TopologyHarness.key("p1"), new byte[RecordLimits.MAX_BYTES - 100]);

        DeadLetter letter = topology.deadLetter();
        assertThat(letter.getReason()).isEqualTo("too-large");
        assertThat(letter.getDetail())
                .contains(RecordLimits.MAX_BYTES - 98 + " bytes")
                .contains("would not fit into this letter");
        assertThat(letter.getKey()).isEqualTo(ByteBuffer.wrap(TopologyHarness.key("p1")));
        assertThat(letter.getValue()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"krpo", "reinforce"})
    void shouldRejectAGroupTooLargeToRecogniseItsRepeats(String estimator) {
        try (TopologyHarness small =
                new TopologyHarness(stateDir.resolve(estimator), estimator, "streams.deduplicationIds", "16")) {
            small.pipe(Rollouts.member("p1", "g", 16, 3, 1).build());

            DeadLetter letter = small.deadLetter();
            assertThat(letter.getReason()).isEqualTo("group-too-large");
            assertThat(letter.getDetail())
                    .contains("groupSize is 16 and streams.deduplicationIds is 16")
                    .contains("raise streams.deduplicationIds");
            assertThat(small.advantages()).isEmpty();
        }
    }

    @Test
    void shouldRejectANonTextKeyEvenIfItLooksLikeThePromptId() {
        Rollout rollout = Rollouts.member("p\uFFFD", "t1", 1, 0, 1).build();

        topology.pipe(
                new byte[] {'p', (byte) 0xFF}, RecordSerde.of(Rollout.class).encode(rollout));

        assertThat(topology.deadLetter().getReason()).isEqualTo("key-mismatch");
    }

    @Test
    void shouldRejectHeadersThatWouldNotFitNextToTheSample() {
        RecordHeaders headers = new RecordHeaders();
        headers.add("trace", new byte[RecordLimits.MAX_ROLLOUT_BYTES]);

        topology.pipe(new TestRecord<>(TopologyHarness.key("p1"), validBytes(), headers));

        assertThat(topology.deadLetter().getReason()).isEqualTo("too-large");
    }

    @Test
    void shouldRejectAnIdThatWouldNotFitIntoTheKeysOfStores() {
        topology.pipe(Rollouts.member("p1", "t".repeat(1_001), 1, 0, 1).build());

        assertThat(topology.deadLetter().getReason()).isEqualTo("id-too-long");
    }

    @Test
    void shouldAcceptALogProbThatIsAboveZeroByRounding() {
        topology.pipe(Rollouts.member("p1", "t1", 1, 0, 1)
                .setBehaviourLogProbs(PrimitiveArrays.of(1e-7f, -0f, -1f))
                .build());

        assertThat(topology.advantages()).hasSize(1);
    }

    @Test
    void shouldAcceptANucleusWithItsMass() {
        Rollout.Builder rollout = Rollouts.member("p1", "t1", 1, 0, 1);
        nucleus(rollout, -0.1f, -1e-7f, 0f);

        topology.pipe(rollout.build());

        assertThat(topology.advantages()).hasSize(1);
    }

    @Test
    void shouldAcceptALogProbThatTheSettingAllows() {
        topology.close();
        topology = new TopologyHarness(stateDir, Map.of("rollouts.minLogProb", "-70"));

        topology.pipe(Rollouts.member("p1", "t1", 1, 0, 1)
                .setBehaviourLogProbs(PrimitiveArrays.of(-1f, -60f, -1f))
                .build());

        assertThat(topology.advantages()).hasSize(1);
    }

    @Test
    void shouldSurviveAnyDamageToTheBytesAndLoseNothing() {
        Random random = new Random(SEED);
        byte[] intact = validBytes();
        int trials = 5_000;
        for (int trial = 0; trial < trials; trial++) {
            byte[] damaged = intact.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            topology.pipe(TopologyHarness.key("p1"), damaged);
        }
        topology.pipe(Rollouts.single("p-last", "t-last", 1, 0));

        List<AdvantageSample> samples = topology.advantages();
        int rejected = topology.deadLetters().size();
        assertThat(rejected).as("seed %d", SEED).isGreaterThan(trials / 4);
        assertThat(samples).as("seed %d", SEED).isNotEmpty();
        assertThat(samples.get(samples.size() - 1).getRollout().getPromptId()).isEqualTo("p-last");
        assertThat(samples).allMatch(sample -> Double.isFinite(sample.getAdvantage()));
    }

    private static byte[] validBytes() {
        return TopologyHarness.encode(Rollouts.single("p1", "t1", 1, 0));
    }
}
