package dev.krpo.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.schemas.Records;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecordBase;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Damages records at random; {@code ./mvnw verify -Pfuzz} tries a million of each type. */
class RecordFuzzTest {

    private static final int ROUNDS = Integer.getInteger("fuzz.records");
    private static final int HEADER_BYTES = 10;
    private static final List<byte[]> HEADERS =
            ReleasedSchemas.all().stream().map(RecordSerde::header).toList();
    private static final Set<String> REASONS = Set.of(
            "empty",
            "not-single-object",
            "unknown-schema",
            "wrong-record",
            "truncated",
            "length-out-of-range",
            "count-out-of-range",
            "number-out-of-range",
            "enum-out-of-range",
            "union-out-of-range",
            "not-utf-8",
            "trailing-bytes");

    static Stream<SpecificRecordBase> records() {
        return Records.all().stream();
    }

    @ParameterizedTest
    @MethodSource("records")
    void shouldReadOrRejectAnyBytes(SpecificRecordBase record) {
        long seed = Long.getLong("fuzz.seed", new Random().nextLong());
        System.out.println("fuzzing " + record.getSchema().getName() + " with -Dfuzz.seed=" + seed);
        Random random = new Random(seed);
        RecordSerde<SpecificRecordBase> serde = serdeOf(record);
        byte[] valid = serde.encode(record);
        Map<String, Integer> outcomes = new HashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = damaged(valid, random);
            outcomes.merge(outcome(serde, bytes, "seed " + seed + ", round " + round), 1, Integer::sum);
        }
        assertThat(outcomes).as("seed %d", seed).containsKey("read").hasSizeGreaterThan(REASONS.size() / 2);
    }

    private static String outcome(RecordSerde<SpecificRecordBase> serde, byte[] bytes, String where) {
        String outcome;
        try {
            byte[] again = serde.encode(serde.decode(bytes));
            assertThat(serde.encode(serde.decode(again))).as(where).isEqualTo(again);
            outcome = "read";
        } catch (UndecodableRecordException e) {
            outcome = e.reason();
            assertThat(REASONS).as("%s: %s", where, e.getMessage()).contains(outcome);
        } catch (RuntimeException | OutOfMemoryError e) {
            throw new AssertionError(where, e);
        }
        return outcome;
    }

    private static byte[] damaged(byte[] valid, Random random) {
        byte[] bytes = valid.clone();
        for (int damages = 1 + random.nextInt(3); damages > 0 && bytes.length > 0; damages--) {
            bytes = switch (random.nextInt(5)) {
                case 0 -> Arrays.copyOf(bytes, random.nextInt(bytes.length + 4));
                case 1 -> withVarint(bytes, random);
                case 2 -> withFingerprint(bytes, random);
                default -> withBitFlipped(bytes, random);
            };
        }
        return bytes;
    }

    private static byte[] withBitFlipped(byte[] bytes, Random random) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        return bytes;
    }

    /** Writes a number of random magnitude somewhere into the body: a length, a count, a branch or a value. */
    private static byte[] withVarint(byte[] bytes, Random random) {
        int at = Math.min(bytes.length, HEADER_BYTES + random.nextInt(bytes.length));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, at);
        long value = random.nextLong() >>> random.nextInt(64);
        for (; (value & ~0x7FL) != 0; value >>>= 7) {
            out.write((int) ((value & 0x7F) | 0x80));
        }
        out.write((int) value);
        int rest = Math.min(bytes.length, at + random.nextInt(4));
        out.write(bytes, rest, bytes.length - rest);
        return out.toByteArray();
    }

    private static byte[] withFingerprint(byte[] bytes, Random random) {
        byte[] header = HEADERS.get(random.nextInt(HEADERS.size()));
        System.arraycopy(header, 0, bytes, 0, Math.min(header.length, bytes.length));
        return bytes;
    }

    @SuppressWarnings("unchecked")
    private static RecordSerde<SpecificRecordBase> serdeOf(SpecificRecordBase record) {
        return RecordSerde.of((Class<SpecificRecordBase>) record.getClass());
    }
}
