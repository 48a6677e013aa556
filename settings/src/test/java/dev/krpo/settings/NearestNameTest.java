package dev.krpo.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {

    @ParameterizedTest
    @CsvSource({"kitten,sitting,3", "flaw,lawn,2", "same,same,0", "'',abc,3", "abc,'',3", "ab,ba,2"})
    void shouldCountTheMinimumNumberOfEdits(String from, String to, int distance) {
        assertThat(NearestName.distance(from, to)).isEqualTo(distance);
        assertThat(NearestName.distance(to, from)).isEqualTo(distance);
    }

    @Test
    void shouldIgnoreCaseAndRejectDistantNames() {
        List<String> known = List.of("trainer.batchSize", "trainer.learningRate");
        assertThat(NearestName.of("trainer.batchsize", known)).contains("trainer.batchSize");
        assertThat(NearestName.of("trainer.learnRate", known)).contains("trainer.learningRate");
        assertThat(NearestName.of("broker.port", known)).isEmpty();
        assertThat(NearestName.of("xyz", List.of("eval", "data", "acls"))).isEmpty();
    }
}
