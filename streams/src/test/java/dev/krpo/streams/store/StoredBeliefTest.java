package dev.krpo.streams.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.estimators.Belief;
import java.util.HexFormat;
import org.apache.kafka.common.serialization.Serde;
import org.junit.jupiter.api.Test;

/**
 * The expected bytes are Python's {@code struct.pack(">bddqqq", 1, ...)}, {@code (">bddqqqd", 2, ...)} and
 * {@code (">bddqqqdddd", 3, ...)} with the name after them; the formats that are written now have the policy and its
 * length before that name.
 */
class StoredBeliefTest {

    private static final String PLAIN =
            "013fe40000000000003fa0000000000000000000000000000c00000000000000070000018bcfe5687b73756d73";
    private static final String ADAPTED =
            "023fe40000000000003fa0000000000000000000000000000c00000000000000070000018bcfe568"
                    + "7b3fcae147ae147ae173756d73";
    private static final String WEIGHTED =
            "033fe40000000000003fa0000000000000000000000000000c00000000000000070000018bcfe568"
                    + "7b3fcae147ae147ae13fd00000000000003fe00000000000003fc333333333333373756d73";
    private static final Belief FILTER = new Belief(0.625, 0.03125, 12, 7);
    private static final Belief BESIDE =
            FILTER.withAdaptedNoise(0.21).withWeighted(new Belief(0.25, 0.5, 12, 7).withAdaptedNoise(0.15));
    private static final long UPDATED_AT_MS = 1_700_000_000_123L;

    private final Serde<StoredBelief> serde = StoredBelief.serde();

    @Test
    void shouldReadTheFiltersOfAnApplicationThatDidNotAdaptItsNoise() {
        assertThat(read(PLAIN)).isEqualTo(new StoredBelief(FILTER, "", "sums", UPDATED_AT_MS));
        assertThat(read(ADAPTED)).isEqualTo(new StoredBelief(FILTER.withAdaptedNoise(0.21), "", "sums", UPDATED_AT_MS));
    }

    @Test
    void shouldKeepTheFilterOfTheWeightedRewards() {
        assertThat(read(WEIGHTED)).isEqualTo(new StoredBelief(BESIDE, "", "sums", UPDATED_AT_MS));
        assertThat(written(new StoredBelief(BESIDE, "pi", "sums", UPDATED_AT_MS)))
                .isEqualTo(withPolicy("06", WEIGHTED));
    }

    @Test
    void shouldUseNoMoreBytesThanTheNoiseNeeds() {
        assertThat(written(new StoredBelief(FILTER, "pi", "sums", UPDATED_AT_MS)))
                .isEqualTo(withPolicy("04", PLAIN));
        assertThat(written(new StoredBelief(FILTER.withAdaptedNoise(0.21), "pi", "sums", UPDATED_AT_MS)))
                .isEqualTo(withPolicy("05", ADAPTED));
    }

    @Test
    void shouldKeepAnyNameOfAPolicyAndADataset() {
        for (String name : new String[] {"", "d\u00e9fi \u6570\u5b66"}) {
            for (Belief filter : new Belief[] {FILTER, FILTER.withAdaptedNoise(0.21), BESIDE}) {
                StoredBelief stored = new StoredBelief(filter, name, name, UPDATED_AT_MS);

                assertThat(read(written(stored))).isEqualTo(stored);
            }
        }
    }

    @Test
    void shouldNameTheReadableFormatsWhenItMeetsAnother() {
        assertThatThrownBy(() -> read("07" + PLAIN.substring(2)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has format 7, this release reads 1 to 6")
                .hasMessageContaining("streams.applicationId");
    }

    /** With four bytes of length and "pi" before "sums". */
    private static String withPolicy(String format, String former) {
        int name = former.length() - 8;
        return format + former.substring(2, name) + "000000027069" + former.substring(name);
    }

    private StoredBelief read(String hex) {
        return serde.deserializer().deserialize("store", HexFormat.of().parseHex(hex));
    }

    private String written(StoredBelief stored) {
        return HexFormat.of().formatHex(serde.serializer().serialize("store", stored));
    }
}
