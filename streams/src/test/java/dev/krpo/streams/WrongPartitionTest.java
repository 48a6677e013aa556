package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.schemas.DeadLetter;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The driver puts every record into partition 0. */
class WrongPartitionTest {

    @TempDir
    Path stateDir;

    @Test
    void shouldRejectAKeyThatMurmur2PlacesElsewhereAndNameThePartitioner() {
        // According to a Python implementation, murmur2 puts "0" .. "9" into 0, 3, 0, 3, 1, 2, 2, 3, 3, 3 of 4.
        try (TopologyHarness topology = new TopologyHarness(stateDir, Map.of("topics.partitions", "4"))) {
            for (int i = 0; i < 10; i++) {
                topology.pipe(Rollouts.single(Integer.toString(i), "t" + i, 1, 0));
            }

            assertThat(topology.advantages())
                    .extracting(sample -> sample.getRollout().getPromptId())
                    .containsExactly("0", "2");
            DeadLetter letter = topology.deadLetter();
            assertThat(letter.getReason()).isEqualTo("wrong-partition");
            assertThat(letter.getDetail())
                    .contains("partition 0")
                    .contains("of 4")
                    .contains("partitioner=murmur2_random");
        }
    }
}
