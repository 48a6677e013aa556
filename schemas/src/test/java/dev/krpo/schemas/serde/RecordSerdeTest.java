package dev.krpo.schemas.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.Records;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.topic.Topic;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.PrimitivesArrays;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecordBase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class RecordSerdeTest {

    static Stream<SpecificRecordBase> records() {
        return Records.all().stream();
    }

    @ParameterizedTest
    @MethodSource("records")
    void shouldGiveBackWhatWasWritten(SpecificRecordBase record) {
        assertThat(serdeOf(record).decode(serdeOf(record).encode(record))).isEqualTo(record);
    }

    @ParameterizedTest
    @MethodSource("records")
    void shouldStillReadTheBytesOfReleaseOne(SpecificRecordBase record) throws IOException {
        byte[] golden = HexFormat.of().parseHex(goldens().get(record.getClass().getSimpleName()));

        assertThat(serdeOf(record).decode(golden)).isEqualTo(record);
    }

    @ParameterizedTest
    @EnumSource(Topic.class)
    void shouldHaveAReleasedCopyOfEveryCurrentSchema(Topic topic) {
        Schema current = SpecificData.get().getSchema(topic.valueType());

        assertThat(ReleasedSchemas.all())
                .as(
                        "no released schema equals the current %s: add its text as a new numbered file to released/ and index.txt",
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
    void shouldRefuseEmptyBytes() {
        assertReason(new byte[0], "empty", "Prompt");
        assertReason(null, "empty", "Prompt");
    }

    @Test
    void shouldRefuseBytesWithoutTheSingleObjectHeader() {
        assertReason("{\"json\": true}".getBytes(StandardCharsets.UTF_8), "not-single-object", "C3 01");
    }

    @Test
    void shouldRefuseAFingerprintThatNoReleaseWrote() {
        byte[] bytes = promptBytes();
        Arrays.fill(bytes, 2, 10, (byte) 0xAB);

        assertReason(bytes, "unknown-schema", "abababababababab");
    }

    @Test
    void shouldRefuseEveryTruncation() {
        byte[] bytes = promptBytes();
        for (int length = 10; length < bytes.length; length++) {
            assertReason(Arrays.copyOf(bytes, length), "truncated", "Prompt");
        }
    }

    @Test
    void shouldNeverFailInAnotherWayOnRandomBytes() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        byte[] valid =
                RecordSerde.of(Rollout.class).encode((Rollout) Records.all().get(2));
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = valid.clone();
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            try {
                RecordSerde.of(Rollout.class).decode(bytes);
            } catch (UndecodableRecordException e) {
                assertThat(e.reason()).as("seed %d", seed).isNotBlank();
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", round " + i, e);
            }
        }
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
