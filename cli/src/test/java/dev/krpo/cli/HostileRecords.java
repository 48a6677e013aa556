package dev.krpo.cli;

import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.RolloutTask;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.kafka.common.utils.Utils;

/**
 * Records, mostly rollouts, as faulty external producers would write them: assembled byte by byte, since the project's
 * serdes would reject most of them. The seed determines their random parts.
 */
final class HostileRecords {

    /** A kind of fault, and the reason that its dead letter must have. */
    enum Kind {
        EMPTY("empty"),
        JSON("not-single-object"),
        NOISE("not-single-object"),
        UNKNOWN_SCHEMA("unknown-schema"),
        OTHER_RECORD("wrong-record"),
        CUT_SHORT("truncated"),
        TRAILING_BYTES("trailing-bytes"),
        ENDLESS_STRING("length-out-of-range"),
        ENDLESS_ARRAY("count-out-of-range"),
        OVERFLOWING_NUMBER("number-out-of-range"),
        UNKNOWN_FINISH_REASON("enum-out-of-range"),
        LATIN_1("not-utf-8"),
        NO_KEY("key-mismatch"),
        WRONG_KEY("key-mismatch"),
        WRONG_PARTITION("wrong-partition"),
        BLANK_ID("blank-id"),
        NO_TOKENS("tokens-missing"),
        NEGATIVE_TOKEN("token-negative"),
        INDEX_ABOVE_GROUP("index-out-of-range"),
        MISSING_LOG_PROB("array-lengths-differ"),
        MISSING_VERSION("version-runs-mismatch"),
        VERSION_IS_A_TIME("version-not-announced"),
        VERSION_IS_HUGE("version-not-announced"),
        REWARD_IS_HUGE("reward-too-large"),
        REWARD_OUT_OF_RANGE("reward-out-of-range"),
        REWARD_IS_NOT_A_NUMBER("reward-not-finite"),
        LOG_PROB_IS_NOT_A_NUMBER("log-prob-not-finite"),
        LOG_PROB_IS_A_PROBABILITY("log-prob-positive"),
        LOG_PROB_IS_A_SENTINEL("log-prob-implausible"),
        TEMPERATURE_NEAR_ZERO("sampling-out-of-range"),
        NUCLEUS_NOT_RECORDED("nucleus-mass-missing"),
        /** Only the trainer, which knows the model, can detect it. */
        TOKEN_OUTSIDE_VOCABULARY("token-outside-vocabulary"),
        /** Only the trainer, which knows the model, can detect it. */
        LONGER_THAN_THE_MODEL("too-long-for-model"),
        ADVANTAGE_IS_HUGE("advantages", "advantage-too-large"),
        ADVANTAGE_IS_NOT_A_NUMBER("advantages", "advantage-not-finite"),
        TASK_FOR_NO_PROMPT("rollout-tasks", "unknown-prompt"),
        TASK_FOR_ANOTHER_POLICY("rollout-tasks", "unknown-policy"),
        TASK_FOR_TOO_MANY("rollout-tasks", "task-invalid"),
        TASK_WITHOUT_A_TEMPERATURE("rollout-tasks", "task-invalid");

        private final String topic;
        private final String reason;

        Kind(String reason) {
            this("rollouts", reason);
        }

        Kind(String topic, String reason) {
            this.topic = topic;
            this.reason = reason;
        }

        /** The topic it is written to, without the prefix. */
        String topic() {
            return topic;
        }

        String reason() {
            return reason;
        }

        /** True if the topology, which knows no model, accepts it. */
        boolean isForTheTrainer() {
            return this == TOKEN_OUTSIDE_VOCABULARY || this == LONGER_THAN_THE_MODEL;
        }
    }

    /**
     * A record to send.
     *
     * @param id its rolloutId, if it has one
     * @param key may be null
     * @param partition to write it to
     */
    record Hostile(Kind kind, String id, byte[] key, byte[] value, int partition) {}

    private static final byte[] MARKER = {(byte) 0xC3, 0x01};
    private static final int POSITIONS = 128;

    private final Random random;
    private final int partitions;
    private long made;

    /** @param partitions of the topics that are keyed by prompt */
    HostileRecords(long seed, int partitions) {
        this.random = new Random(seed);
        this.partitions = partitions;
    }

    /** A new record of this kind. */
    Hostile make(Kind kind) {
        Draft draft = new Draft("hostile-" + made++);
        byte[] value =
                switch (kind) {
                    case EMPTY -> new byte[0];
                    case JSON ->
                        ("{\"promptId\":\"" + draft.id + "\",\"reward\":1.0}").getBytes(StandardCharsets.UTF_8);
                    case NOISE -> noise();
                    case UNKNOWN_SCHEMA -> unknownSchema(draft);
                    case OTHER_RECORD ->
                        new Bytes()
                                .header(PolicyVersion.getClassSchema())
                                .text(draft.id)
                                .encoded();
                    case CUT_SHORT -> Arrays.copyOf(draft.encode(), draft.encode().length - 1);
                    case TRAILING_BYTES ->
                        new Bytes()
                                .raw(draft.encode())
                                .raw(new byte[1 + random.nextInt(20)])
                                .encoded();
                    case ENDLESS_STRING ->
                        new Bytes()
                                .header(Rollout.getClassSchema())
                                .number(1_000_000_000)
                                .encoded();
                    case ENDLESS_ARRAY -> draft.with(() -> draft.promptTokensCount = 2_000_000_000L);
                    case OVERFLOWING_NUMBER -> draft.with(() -> draft.groupSize = Long.MAX_VALUE);
                    case UNKNOWN_FINISH_REASON -> draft.with(() -> draft.finishReason = 9);
                    case LATIN_1 -> draft.with(() -> draft.text = "caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
                    case NO_KEY, WRONG_KEY, WRONG_PARTITION -> draft.encode();
                    case BLANK_ID -> draft.with(() -> draft.id = " ");
                    case NO_TOKENS -> draft.with(() -> draft.promptTokens = new int[0]);
                    case NEGATIVE_TOKEN -> draft.with(() -> draft.completionTokens[0] = -1 - random.nextInt(100));
                    case INDEX_ABOVE_GROUP -> draft.with(() -> draft.index = 1 + random.nextInt(100));
                    case MISSING_LOG_PROB -> draft.with(() -> draft.logProbs = new float[] {-1});
                    case MISSING_VERSION -> draft.with(() -> draft.versionTokens = 1);
                    case VERSION_IS_A_TIME -> draft.with(() -> draft.version = 1_800_000_000_000L + random.nextInt());
                    case VERSION_IS_HUGE -> draft.with(() -> draft.version = 9_000_000_000_000_000_000L);
                    case REWARD_IS_HUGE -> draft.with(() -> draft.reward = 1e50);
                    case REWARD_OUT_OF_RANGE -> draft.with(() -> draft.reward = 2 + random.nextInt(100));
                    case REWARD_IS_NOT_A_NUMBER -> draft.with(() -> draft.reward = Double.NaN);
                    case LOG_PROB_IS_NOT_A_NUMBER -> draft.with(() -> draft.logProbs[0] = Float.NEGATIVE_INFINITY);
                    case LOG_PROB_IS_A_PROBABILITY -> draft.with(() -> draft.logProbs[0] = 0.5f);
                    case LOG_PROB_IS_A_SENTINEL ->
                        draft.with(() -> draft.logProbs[1] = random.nextBoolean() ? -9999 : -200);
                    case TEMPERATURE_NEAR_ZERO -> draft.with(() -> draft.temperature = 1e-50);
                    case NUCLEUS_NOT_RECORDED -> draft.with(() -> draft.topP = 0.9);
                    case TOKEN_OUTSIDE_VOCABULARY -> draft.with(() -> draft.completionTokens[1] = 50_000);
                    case LONGER_THAN_THE_MODEL ->
                        draft.with(() -> draft.promptTokens =
                                random.ints(POSITIONS, 3, 13).toArray());
                    case ADVANTAGE_IS_HUGE -> draft.encodeSample(1e25);
                    case ADVANTAGE_IS_NOT_A_NUMBER -> draft.encodeSample(Double.NaN);
                    case TASK_FOR_NO_PROMPT -> task(draft.id, "default", 1, 1);
                    case TASK_FOR_ANOTHER_POLICY -> task(draft.id, "another", 1, 1);
                    case TASK_FOR_TOO_MANY -> task(draft.id, "default", 1_000_000_000, 1);
                    case TASK_WITHOUT_A_TEMPERATURE -> task(draft.id, "default", 1, Double.NaN);
                };
        byte[] key = draft.promptId.getBytes(StandardCharsets.UTF_8);
        int home = kind.topic().equals("rollout-tasks") ? 0 : Utils.toPositive(Utils.murmur2(key)) % partitions;
        return switch (kind) {
            case NO_KEY -> new Hostile(kind, draft.id, null, value, home);
            case WRONG_KEY ->
                new Hostile(kind, draft.id, (draft.promptId + "?").getBytes(StandardCharsets.UTF_8), value, home);
            case WRONG_PARTITION -> new Hostile(kind, draft.id, key, value, (home + 1) % partitions);
            default -> new Hostile(kind, draft.id, key, value, home);
        };
    }

    /** A valid rollout, the basis of all kinds. */
    static byte[] good(String id) {
        return new Draft(id).encode();
    }

    /** Random bytes that are not a record. */
    byte[] noise() {
        byte[] noise = new byte[15 + random.nextInt(50)];
        random.nextBytes(noise);
        noise[0] = 0x42;
        return noise;
    }

    private static byte[] task(String id, String policy, int groupSize, double temperature) {
        Bytes bytes = new Bytes().header(RolloutTask.getClassSchema());
        bytes.text(id).number(0).text(id).text(policy).number(groupSize);
        bytes.number(Double.doubleToRawLongBits(temperature), Double.BYTES);
        bytes.number(Double.doubleToRawLongBits(1), Double.BYTES);
        return bytes.number(6).number(0).number(0).number(0).encoded();
    }

    private byte[] unknownSchema(Draft draft) {
        byte[] bytes = draft.encode();
        byte[] fingerprint = new byte[Long.BYTES];
        random.nextBytes(fingerprint);
        System.arraycopy(fingerprint, 0, bytes, MARKER.length, fingerprint.length);
        return bytes;
    }

    /** A rollout's fields, in schema order. */
    private static final class Draft {
        private String id;
        private final String promptId;
        private long groupSize = 1;
        private int index;
        private int[] promptTokens = {4, 13, 5, 17};
        private long promptTokensCount = -1;
        private final int[] completionTokens = {6, 2};
        private float[] logProbs = {-0.7f, -0.1f};
        private long version;
        private int versionTokens = completionTokens.length;
        private byte[] text = {'3'};
        private double reward = 1;
        private int finishReason;
        private double temperature = 1;
        private double topP = 1;

        Draft(String id) {
            this.id = id;
            this.promptId = id;
        }

        byte[] with(Runnable fault) {
            fault.run();
            return encode();
        }

        byte[] encode() {
            return fields(new Bytes().header(Rollout.getClassSchema())).encoded();
        }

        byte[] encodeSample(double advantage) {
            Bytes bytes = fields(new Bytes().header(AdvantageSample.getClassSchema()));
            for (double number : new double[] {advantage, 0.5, 0.25}) {
                bytes.number(Double.doubleToRawLongBits(number), Double.BYTES);
            }
            return bytes.text("krpo").number(0).number(1).number(2).text("").encoded();
        }

        private Bytes fields(Bytes bytes) {
            bytes.text(id).text(promptId).text(promptId).number(groupSize).number(index);
            bytes.text(promptId).text("arithmetic").text("default");
            bytes.numbers(promptTokensCount < 0 ? promptTokens.length : promptTokensCount, promptTokens);
            bytes.numbers(completionTokens.length, completionTokens);
            bytes.number(logProbs.length);
            for (float logProb : logProbs) {
                bytes.number(Float.floatToRawIntBits(logProb), Float.BYTES);
            }
            bytes.number(0);
            bytes.number(1).number(version).number(versionTokens).number(0);
            bytes.number(text.length).raw(text);
            bytes.number(Double.doubleToRawLongBits(reward), Double.BYTES);
            bytes.number(0);
            bytes.number(finishReason);
            bytes.number(Double.doubleToRawLongBits(temperature), Double.BYTES);
            bytes.number(Double.doubleToRawLongBits(topP), Double.BYTES);
            bytes.number(6).number(0);
            bytes.text("outside").number(0).number(1).number(2);
            return bytes.number(0);
        }
    }

    /** Avro's binary encoding. */
    private static final class Bytes {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Bytes header(Schema schema) {
            try {
                return raw(MARKER).raw(SchemaNormalization.parsingFingerprint("CRC-64-AVRO", schema));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }

        byte[] encoded() {
            return out.toByteArray();
        }

        Bytes raw(byte[] bytes) {
            out.writeBytes(bytes);
            return this;
        }

        /** Zigzag encoding with seven bits per byte. */
        Bytes number(long value) {
            long zigzag = (value << 1) ^ (value >> 63);
            while ((zigzag & ~0x7FL) != 0) {
                out.write((int) ((zigzag & 0x7F) | 0x80));
                zigzag >>>= 7;
            }
            out.write((int) zigzag);
            return this;
        }

        /** Little-endian, with the given number of bytes. */
        Bytes number(long value, int size) {
            byte[] all = ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(value)
                    .array();
            out.write(all, 0, size);
            return this;
        }

        Bytes text(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            return number(utf8.length).raw(utf8);
        }

        Bytes numbers(long count, int[] values) {
            if (count == 0) {
                return number(0);
            }
            number(count);
            for (int value : values) {
                number(value);
            }
            return number(0);
        }
    }
}
