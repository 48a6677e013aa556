package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.streams.estimator.Filter;
import java.util.HexFormat;
import org.apache.kafka.common.serialization.Serde;
import org.junit.jupiter.api.Test;

/** The expected bytes are Python's {@code struct.pack(">bddqqq", 1, ...)} and {@code (">bddqqqd", 2, ...)} with the name after them. */
class StoredFilterTest {

    private static final String PLAIN =
            "013fe40000000000003fa0000000000000000000000000000c00000000000000070000018bcfe5687b73756d73";
    private static final String ADAPTED =
            "023fe40000000000003fa0000000000000000000000000000c00000000000000070000018bcfe5687b3fcae147ae147ae173756d73";
    private static final Filter FILTER = new Filter(0.625, 0.03125, 12, 7);
    private static final long UPDATED_AT_MS = 1_700_000_000_123L;

    private final Serde<StoredFilter> serde = StoredFilter.serde();

    @Test
    void shouldReadTheFiltersOfAnApplicationThatDidNotAdaptItsNoise() {
        assertThat(read(PLAIN)).isEqualTo(new StoredFilter(FILTER, "sums", UPDATED_AT_MS));
        assertThat(read(ADAPTED)).isEqualTo(new StoredFilter(FILTER.withAdaptedNoise(0.21), "sums", UPDATED_AT_MS));
    }

    @Test
    void shouldStayReadableForTheFirstReleaseUntilTheNoiseIsAdapted() {
        assertThat(written(new StoredFilter(FILTER, "sums", UPDATED_AT_MS))).isEqualTo(PLAIN);
        assertThat(written(new StoredFilter(FILTER.withAdaptedNoise(0.21), "sums", UPDATED_AT_MS)))
                .isEqualTo(ADAPTED);
    }

    @Test
    void shouldKeepAnyNameOfADataset() {
        for (String name : new String[] {"", "d\u00e9fi \u6570\u5b66"}) {
            for (Filter filter : new Filter[] {FILTER, FILTER.withAdaptedNoise(0.21)}) {
                StoredFilter stored = new StoredFilter(filter, name, UPDATED_AT_MS);

                assertThat(read(written(stored))).isEqualTo(stored);
            }
        }
    }

    @Test
    void shouldNameTheFormatsItReadsWhenItMeetsAnother() {
        assertThatThrownBy(() -> read("03" + PLAIN.substring(2)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has format 3, this release reads 1 and 2")
                .hasMessageContaining("streams.applicationId");
    }

    private StoredFilter read(String hex) {
        return serde.deserializer().deserialize("store", HexFormat.of().parseHex(hex));
    }

    private String written(StoredFilter stored) {
        return HexFormat.of().formatHex(serde.serializer().serialize("store", stored));
    }
}
