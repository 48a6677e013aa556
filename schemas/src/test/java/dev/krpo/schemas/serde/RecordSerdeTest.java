package dev.krpo.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.Records;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.TokenRun;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.PrimitivesArrays;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecordBase;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RecordSerdeTest {

    static Stream<SpecificRecordBase> records() {
        return Records.all().stream();
    }

    @ParameterizedTest
    @MethodSource("records")
    void shouldRoundTrip(SpecificRecordBase record) {
        assertThat(serdeOf(record).decode(serdeOf(record).encode(record))).isEqualTo(record);
    }

    @ParameterizedTest
    @MethodSource("records")
    void shouldStillReadTheBytesOfReleaseOne(SpecificRecordBase record) throws IOException {
        byte[] golden = HexFormat.of().parseHex(goldens().get(record.getClass().getSimpleName()));

        assertThat(serdeOf(record).decode(golden)).isEqualTo(record);
    }

    @ParameterizedTest
    @MethodSource("records")
    void shouldHaveAReleasedCopyOfEveryCurrentSchema(SpecificRecordBase record) {
        Schema current = record.getSchema();

        assertThat(ReleasedSchemas.all())
                .as(
                        "no released schema equals the current %s: add its text as a new numbered file to"
                                + " released/ and index.txt",
                        current.getName())
                .anyMatch(released -> released.getFullName().equals(current.getFullName())
                        && SchemaNormalization.parsingFingerprint64(released)
                                == SchemaNormalization.parsingFingerprint64(current));
    }

    @Test
    void shouldReadEveryReleaseWithEveryOtherRelease() {
        for (Schema writer : ReleasedSchemas.all()) {
            for (Schema reader : ReleasedSchemas.all()) {
                if (reader.getFullName().equals(writer.getFullName())) {
                    assertThat(SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                                    .getType())
                            .as("reader %s, writer %s", reader, writer)
                            .isEqualTo(SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE);
                }
            }
        }
    }

    @Test
    void shouldDocumentEveryRecordAndField() {
        for (Schema schema : ReleasedSchemas.all()) {
            assertThat(schema.getDoc()).as(schema.getName()).isNotBlank();
            schema.getFields().forEach(field -> assertThat(field.doc())
                    .as(schema.getName() + "." + field.name())
                    .isNotBlank());
        }
    }

    @Test
    void shouldRejectEmptyBytes() {
        assertReason(new byte[0], "empty", "Prompt");
        assertReason(null, "empty", "Prompt");
    }

    @Test
    void shouldRejectBytesWithoutTheSingleObjectHeader() {
        assertReason("{\"json\": true}".getBytes(StandardCharsets.UTF_8), "not-single-object", "C3 01");
    }

    @Test
    void shouldRejectAFingerprintThatNoReleaseWrote() {
        byte[] bytes = promptBytes();
        Arrays.fill(bytes, 2, 10, (byte) 0xAB);

        assertReason(bytes, "unknown-schema", "abababababababab");
    }

    @Test
    void shouldRejectEveryTruncation() {
        byte[] bytes = promptBytes();
        for (int length = 10; length < bytes.length; length++) {
            byte[] part = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> RecordSerde.of(Prompt.class).decode(part))
                    .isInstanceOfSatisfying(UndecodableRecordException.class, e -> assertThat(e.reason())
                            .isIn("truncated", "length-out-of-range", "count-out-of-range"))
                    .hasMessageContaining("Prompt.");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "rollout-00-rolloutId-string-length-2147483647.bin, length-out-of-range, Rollout.rolloutId",
        "rollout-04-promptTokens-count-262.bin, count-out-of-range, Rollout.promptTokens",
        "rollout-06-components-map-count-262.bin, count-out-of-range, Rollout.rewardComponents",
        "rollout-08-enum-9.bin, enum-out-of-range, Rollout.finishReason",
        "rollout-09-rolloutId-invalid-utf8.bin, not-utf-8, Rollout.rolloutId"
    })
    void shouldNameTheProblemAndTheField(String file, String reason, String field) throws IOException {
        byte[] bytes;
        try (InputStream stream = RecordSerdeTest.class.getResourceAsStream("/hostile/" + file)) {
            bytes = stream.readAllBytes();
        }
        for (ThrowingCallable decoding : List.<ThrowingCallable>of(
                () -> RecordSerde.of(Rollout.class).decode(bytes), () -> EncodedRollout.read(bytes))) {
            assertThatThrownBy(decoding)
                    .isInstanceOfSatisfying(UndecodableRecordException.class, e -> assertThat(e.reason())
                            .isEqualTo(reason))
                    .hasMessageStartingWith(field + ": ");
        }
    }

    @ParameterizedTest
    @MethodSource("records")
    void shouldRejectTrailingBytes(SpecificRecordBase record) {
        byte[] bytes = serdeOf(record).encode(record);

        assertThatThrownBy(() -> serdeOf(record).decode(Arrays.copyOf(bytes, bytes.length + 3)))
                .isInstanceOfSatisfying(UndecodableRecordException.class, e -> assertThat(e.reason())
                        .isEqualTo("trailing-bytes"))
                .hasMessageContaining("3 bytes follow");
    }

    /** Avro's own decoder, which earlier builds used, defines how they read such bytes. */
    @Test
    void shouldReadRecordsOfAnEarlierBuildExactlyAsThatBuildDid() throws IOException {
        Rollout rollout = (Rollout) Records.all().get(2);
        Map<String, Double> components = new TreeMap<>();
        while (components.size() <= RecordLimits.MAX_ENTRIES) {
            components.put("part-" + components.size(), 0.5);
        }
        rollout.put("rewardComponents", components);
        rollout.put("versionRuns", Collections.nCopies(RecordLimits.MAX_ENTRIES + 1, new TokenRun(3L, 2)));
        rollout.put("text", "malformed");
        byte[] bytes = Arrays.copyOf(RecordSerde.of(Rollout.class).encode(rollout), 30_000);
        int text = lastIndexOf(bytes, "malformed".getBytes(StandardCharsets.UTF_8));
        byte[] malformed = {'a', (byte) 0xFF, 'b', (byte) 0xC3, 'c', (byte) 0xE2, (byte) 0x82, 'd', (byte) 0xED};
        System.arraycopy(malformed, 0, bytes, text, malformed.length);
        assertThatThrownBy(() -> RecordSerde.of(Rollout.class).decode(bytes))
                .isInstanceOf(UndecodableRecordException.class);

        Rollout read = RecordSerde.of(Rollout.class).decodeRecorded(bytes);

        assertThat(read)
                .isEqualTo(new SpecificDatumReader<>(Rollout.class)
                        .read(null, DecoderFactory.get().binaryDecoder(bytes, 10, bytes.length - 10, null)));
        assertThat(read.getText()).isEqualTo("a\uFFFDb\uFFFDc\uFFFDd\uFFFD");
        assertThat(read.getVersionRuns()).hasSize(RecordLimits.MAX_ENTRIES + 1);
    }

    @Test
    void shouldNameTheDamagedFieldInARecordOfAnEarlierBuild() {
        byte[] bytes =
                RecordSerde.of(Rollout.class).encode((Rollout) Records.all().get(2));
        byte[] part = Arrays.copyOf(bytes, bytes.length - 5);
        part[11] = (byte) 0xFF;

        assertThatThrownBy(() -> RecordSerde.of(Rollout.class).decodeRecorded(part))
                .isInstanceOfSatisfying(UndecodableRecordException.class, e -> assertThat(e.reason())
                        .isEqualTo("truncated"))
                .hasMessageStartingWith("Rollout.startedAtMs: ");
    }

    @Test
    void shouldNameARecordInTheWrongTopic() {
        byte[] rollout =
                RecordSerde.of(Rollout.class).encode((Rollout) Records.all().get(2));

        assertReason(rollout, "wrong-record", "the value is a Rollout, but this topic holds Prompts");
    }

    @Test
    void shouldRejectARecordAboveTheLimitOfTheTopics() {
        byte[] bytes = Arrays.copyOf(promptBytes(), RecordLimits.MAX_BYTES + 1);

        assertReason(bytes, "too-large", RecordLimits.MAX_BYTES + 1 + " bytes");
    }

    /** Counts and lengths are untrusted: only as much memory is allocated as the bytes can fill. */
    @Test
    void shouldReadAnArrayOfMillionsOfBlocksAsFastAsOneBlock() {
        byte[] valid =
                RecordSerde.of(Rollout.class).encode((Rollout) Records.all().get(2));
        byte[] beforeTokens = "default".getBytes(StandardCharsets.UTF_8);
        int tokens = lastIndexOf(valid, beforeTokens) + beforeTokens.length;
        int blocks = 2_000_000;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(valid, 0, tokens);
        for (int i = 0; i < blocks; i++) {
            bytes.write(2);
            bytes.write(8);
        }
        bytes.write(valid, tokens + 4, valid.length - tokens - 4);

        assertThat(EncodedRollout.read(bytes.toByteArray()).promptTokens()).hasSize(blocks);
    }

    private static int lastIndexOf(byte[] bytes, byte[] wanted) {
        return new String(bytes, StandardCharsets.ISO_8859_1)
                .lastIndexOf(new String(wanted, StandardCharsets.ISO_8859_1));
    }

    @Test
    void shouldDecodeTokensAndLogProbsIntoPrimitiveLists() {
        RecordSerde<Rollout> serde = RecordSerde.of(Rollout.class);
        Rollout decoded = serde.decode(serde.encode((Rollout) Records.all().get(2)));

        assertThat(decoded.getPromptTokens()).isInstanceOf(PrimitivesArrays.IntArray.class);
        assertThat(decoded.getBehaviourLogProbs()).isInstanceOf(PrimitivesArrays.FloatArray.class);
        assertThat(PrimitiveArrays.toInts(decoded.getPromptTokens())).containsExactly(4, 5, 13);
        assertThat(PrimitiveArrays.toFloats(decoded.getBehaviourLogProbs())).containsExactly(-0.25f, -0.5f);
        assertThat(PrimitiveArrays.toInts(List.of(1, 2))).containsExactly(1, 2);
    }

    private static byte[] promptBytes() {
        return RecordSerde.of(Prompt.class).encode((Prompt) Records.all().get(0));
    }

    private static void assertReason(byte[] bytes, String reason, String words) {
        assertThatThrownBy(() -> RecordSerde.of(Prompt.class).decode(bytes))
                .isInstanceOfSatisfying(UndecodableRecordException.class, e -> assertThat(e.reason())
                        .isEqualTo(reason))
                .hasMessageContaining(words);
    }

    @SuppressWarnings("unchecked")
    private static RecordSerde<SpecificRecordBase> serdeOf(SpecificRecordBase record) {
        return RecordSerde.of((Class<SpecificRecordBase>) record.getClass());
    }

    private static Map<String, String> goldens() throws IOException {
        Map<String, String> goldens = new TreeMap<>();
        try (InputStream stream = RecordSerdeTest.class.getResourceAsStream("/golden-1.txt")) {
            new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .forEach(line -> goldens.put(line.split(" ")[0], line.split(" ")[1]));
        }
        return goldens;
    }
}
