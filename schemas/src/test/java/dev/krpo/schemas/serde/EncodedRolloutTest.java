package dev.krpo.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.FinishReason;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.Records;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.SamplingParameters;
import dev.krpo.schemas.TokenRun;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.avro.Schema;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class EncodedRolloutTest {

    private static final RecordSerde<Rollout> ROLLOUTS = RecordSerde.of(Rollout.class);
    private static final RecordSerde<AdvantageSample> SAMPLES = RecordSerde.of(AdvantageSample.class);
    private static final int HEADER_BYTES = 10;

    @Test
    void shouldReadTheSameFieldsAndCreateTheSameSampleAsTheSerde() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            Rollout rollout = random(random);
            byte[] bytes = ROLLOUTS.encode(rollout);

            EncodedRollout read = EncodedRollout.read(bytes);

            assertEqual(read, rollout, "seed " + seed + ", round " + round);
            AdvantageSample sample = new AdvantageSample(
                    rollout,
                    random.nextGaussian(),
                    random.nextDouble(),
                    0.25,
                    "krpo",
                    round,
                    random.nextLong(),
                    1003L,
                    text(random));
            assertThat(sample(read, sample))
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(SAMPLES.encode(sample));
        }
    }

    @Test
    void shouldRejectEveryTruncation() {
        byte[] bytes = ROLLOUTS.encode((Rollout) Records.all().get(2));
        for (int length = HEADER_BYTES; length < bytes.length; length++) {
            byte[] part = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> EncodedRollout.read(part))
                    .isInstanceOfSatisfying(UndecodableRecordException.class, e -> assertThat(e.reason())
                            .isIn("truncated", "length-out-of-range", "count-out-of-range"));
        }
    }

    @Test
    void shouldRejectBytesThatAreNotARollout() {
        assertReason(null, "empty");
        assertReason("not Avro at all".getBytes(StandardCharsets.UTF_8), "not-single-object");
        byte[] unknown = ROLLOUTS.encode((Rollout) Records.all().get(2));
        Arrays.fill(unknown, 2, HEADER_BYTES, (byte) 0xAB);
        assertReason(unknown, "unknown-schema");
        assertReason(RecordSerde.of(Prompt.class).encode((Prompt) Records.all().get(0)), "wrong-record");
    }

    @Test
    void shouldRejectMoreVersionRunsThanTokensWhileItReadsThem() {
        Rollout rollout = (Rollout) Records.all().get(2);
        int most = RecordLimits.MAX_ENTRIES;
        rollout.put("versionRuns", Collections.nCopies(most, new TokenRun(0L, 0)));
        assertThat(EncodedRollout.read(ROLLOUTS.encode(rollout)).versionRuns()).hasSize(most);

        rollout.put("versionRuns", Collections.nCopies(most + 1, new TokenRun(0L, 0)));
        assertThatThrownBy(() -> EncodedRollout.read(ROLLOUTS.encode(rollout)))
                .isInstanceOfSatisfying(UndecodableRecordException.class, e -> assertThat(e.reason())
                        .isEqualTo("count-out-of-range"))
                .hasMessageStartingWith("Rollout.versionRuns: more than 1000 runs");

        rollout.put("completionTokens", Collections.nCopies(most + 1, 7));
        assertThat(EncodedRollout.read(ROLLOUTS.encode(rollout)).versionRuns()).hasSize(most + 1);
    }

    @Test
    void shouldRejectMoreVersionRunsThanTokensOfAnyRelease() {
        Rollout rollout = (Rollout) Records.all().get(2);
        int most = RecordLimits.MAX_ENTRIES;
        rollout.put("versionRuns", Collections.nCopies(most, new TokenRun(0L, 0)));
        assertThat(ROLLOUTS.decode(asOfReleaseOne(rollout)).getVersionRuns()).hasSize(most);

        rollout.put("versionRuns", Collections.nCopies(most + 1, new TokenRun(0L, 0)));
        byte[] sample = SAMPLES.encode(new AdvantageSample(rollout, 1.0, 0.0, 0.0, "krpo", 0, 0L, 0L, ""));
        for (ThrowingCallable decoding : List.<ThrowingCallable>of(
                () -> EncodedRollout.read(asOfReleaseOne(rollout)),
                () -> ROLLOUTS.decode(asOfReleaseOne(rollout)),
                () -> ROLLOUTS.decode(ROLLOUTS.encode(rollout)),
                () -> SAMPLES.decode(sample))) {
            assertThatThrownBy(decoding)
                    .isInstanceOfSatisfying(UndecodableRecordException.class, e -> assertThat(e.reason())
                            .isEqualTo("count-out-of-range"))
                    .hasMessageStartingWith("Rollout.versionRuns: more than 1000 runs, and completionTokens has 2");
        }

        rollout.put("completionTokens", Collections.nCopies(most + 1, 7));
        assertThat(ROLLOUTS.decode(asOfReleaseOne(rollout)).getVersionRuns()).hasSize(most + 1);
    }

    /** Release 1 ends before nucleusLogMass, which takes one byte if empty. */
    private static byte[] asOfReleaseOne(Rollout rollout) {
        byte[] bytes = ROLLOUTS.encode(rollout);
        Schema first = ReleasedSchemas.all().stream()
                .filter(schema -> schema.getFullName().equals(Rollout.class.getName()))
                .filter(schema -> schema.getField("nucleusLogMass") == null)
                .findFirst()
                .orElseThrow();
        System.arraycopy(RecordSerde.header(first), 0, bytes, 0, HEADER_BYTES);
        return Arrays.copyOf(bytes, bytes.length - 1);
    }

    @Test
    void shouldRejectAMapOfMoreEntriesThanTheLimit() {
        Rollout rollout = (Rollout) Records.all().get(2);
        Map<String, Double> components = new HashMap<>();
        while (components.size() < RecordLimits.MAX_ENTRIES) {
            components.put("part-" + components.size(), 0.5);
        }
        rollout.put("rewardComponents", components);
        byte[] whole = ROLLOUTS.encode(rollout);
        assertThat(EncodedRollout.read(whole).rewardComponents()).isEqualTo(components);
        assertThat(ROLLOUTS.decode(whole).getRewardComponents()).isEqualTo(components);

        components.put("one more", 0.5);
        byte[] bytes = ROLLOUTS.encode(rollout);
        for (ThrowingCallable decoding :
                List.<ThrowingCallable>of(() -> EncodedRollout.read(bytes), () -> ROLLOUTS.decode(bytes))) {
            assertThatThrownBy(decoding)
                    .isInstanceOfSatisfying(UndecodableRecordException.class, e -> assertThat(e.reason())
                            .isEqualTo("count-out-of-range"))
                    .hasMessageStartingWith("Rollout.rewardComponents: a map has more than 1000 entries");
        }
    }

    /**
     * Whatever the serde can read must be read identically, and damaged bytes must be rejected without other failures.
     */
    @Test
    void shouldAgreeWithTheSerdeOnDamagedBytes() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        byte[] valid = ROLLOUTS.encode((Rollout) Records.all().get(2));
        int read = 0;
        for (int round = 0; round < 20_000; round++) {
            String where = "seed " + seed + ", round " + round;
            byte[] bytes = Arrays.copyOf(valid, valid.length + random.nextInt(3));
            bytes[HEADER_BYTES + random.nextInt(bytes.length - HEADER_BYTES)] = (byte) random.nextInt();
            bytes[HEADER_BYTES + random.nextInt(bytes.length - HEADER_BYTES)] = (byte) random.nextInt();
            Rollout expected;
            try {
                expected = ROLLOUTS.decode(bytes);
            } catch (UndecodableRecordException e) {
                assertThat(catchThrowable(() -> EncodedRollout.read(bytes)))
                        .as("%s, the serde says: %s", where, e.getMessage())
                        .isInstanceOf(UndecodableRecordException.class)
                        .hasMessage(e.getMessage());
                continue;
            }
            EncodedRollout actual = EncodedRollout.read(bytes);
            assertEqual(actual, expected, where);
            AdvantageSample sample = SAMPLES.decode(actual.sample(1, 2, 3, "krpo", 4, 5, 6, "pods"));
            assertThat(ROLLOUTS.encode(sample.getRollout())).as(where).isEqualTo(ROLLOUTS.encode(expected));
            assertThat(sample.getEstimatedAtMs()).as(where).isEqualTo(6);
            assertThat(sample.getLeftOut()).as(where).isEqualTo("pods");
            read++;
        }
        assertThat(read).isPositive();
    }

    private static byte[] sample(EncodedRollout read, AdvantageSample sample) {
        return read.sample(
                sample.getAdvantage(),
                sample.getBaseline(),
                sample.getVariance(),
                sample.getEstimator(),
                sample.getOrder(),
                sample.getObservations(),
                sample.getEstimatedAtMs(),
                sample.getLeftOut());
    }

    private static void assertEqual(EncodedRollout read, Rollout rollout, String where) {
        assertThat(List.of(
                        read.rolloutId(),
                        read.taskId(),
                        read.groupId(),
                        read.groupSize(),
                        read.index(),
                        read.promptId(),
                        read.dataset(),
                        read.policyName(),
                        read.versionRuns(),
                        read.reward(),
                        read.rewardComponents(),
                        read.temperature(),
                        read.topP()))
                .as(where)
                .isEqualTo(List.of(
                        rollout.getRolloutId(),
                        rollout.getTaskId(),
                        rollout.getGroupId(),
                        rollout.getGroupSize(),
                        rollout.getIndex(),
                        rollout.getPromptId(),
                        rollout.getDataset(),
                        rollout.getPolicyName(),
                        rollout.getVersionRuns(),
                        rollout.getReward(),
                        rollout.getRewardComponents(),
                        rollout.getSampling().getTemperature(),
                        rollout.getSampling().getTopP()));
        assertThat(read.promptTokens()).as(where).isEqualTo(PrimitiveArrays.toInts(rollout.getPromptTokens()));
        assertThat(read.completionTokens()).as(where).isEqualTo(PrimitiveArrays.toInts(rollout.getCompletionTokens()));
        assertThat(read.behaviourLogProbs())
                .as(where)
                .isEqualTo(PrimitiveArrays.toFloats(rollout.getBehaviourLogProbs()));
        assertThat(read.nucleusLogMass()).as(where).isEqualTo(PrimitiveArrays.toFloats(rollout.getNucleusLogMass()));
    }

    private static Rollout random(Random random) {
        int time = random.nextInt(50);
        Map<String, Double> components = new HashMap<>();
        List<TokenRun> runs = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            components.put("part-" + i, random.nextDouble());
            runs.add(new TokenRun(random.nextLong(), random.nextInt()));
        }
        float[] logProbs = new float[time];
        for (int i = 0; i < time; i++) {
            logProbs[i] = -random.nextFloat();
        }
        return new Rollout(
                text(random),
                text(random),
                text(random),
                random.nextInt(),
                random.nextInt(),
                text(random),
                text(random),
                text(random),
                PrimitiveArrays.of(random.ints(random.nextInt(50)).toArray()),
                PrimitiveArrays.of(random.ints(time).toArray()),
                PrimitiveArrays.of(logProbs),
                runs,
                text(random),
                random.nextGaussian(),
                components,
                random.nextBoolean() ? FinishReason.STOP : FinishReason.LENGTH,
                new SamplingParameters(random.nextDouble(), random.nextDouble(), random.nextInt(), random.nextLong()),
                text(random),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                random.nextBoolean() ? List.of() : PrimitiveArrays.of(-0.1f, -random.nextFloat()));
    }

    private static String text(Random random) {
        return random.ints(random.nextInt(20), 'a', 0x2000)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static void assertReason(byte[] bytes, String reason) {
        assertThatThrownBy(() -> EncodedRollout.read(bytes))
                .isInstanceOfSatisfying(UndecodableRecordException.class, e -> assertThat(e.reason())
                        .isEqualTo(reason));
    }
}
