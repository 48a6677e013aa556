package dev.krpo.worker.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.policy.generate.CompletionRequest;
import dev.krpo.policy.generate.SamplingOptions;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.RolloutTask;
import dev.krpo.schemas.SamplingParameters;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class BatchesTest {

    private static final SamplingOptions WARM = new SamplingOptions(1, 1, 8);
    private static final SamplingOptions COOL = new SamplingOptions(0.5, 1, 8);

    @Test
    void shouldBatchTasksWithEqualOptionsRegardlessOfTheirSeeds() {
        PreparedTask a = task("a", 2, WARM, 1);
        PreparedTask b = task("b", 2, COOL, 2);
        PreparedTask c = task("c", 2, WARM, 3);

        assertThat(TaskLoop.batches(List.of(a, b, c), 256)).containsExactly(List.of(a, c), List.of(b));
    }

    @Test
    void shouldStartANewBatchBeforeTheRowsExceedTheLimitAndNeverSplitAGroup() {
        PreparedTask a = task("a", 3, WARM, 1);
        PreparedTask b = task("b", 5, WARM, 2);
        PreparedTask c = task("c", 1, WARM, 3);
        PreparedTask d = task("d", 8, WARM, 4);

        assertThat(TaskLoop.batches(List.of(a, b, c, d), 8)).containsExactly(List.of(a, b), List.of(c), List.of(d));
    }

    @Test
    void shouldMakeNoBatchOfNoTasks() {
        assertThat(TaskLoop.batches(List.of(), 8)).isEmpty();
    }

    @Test
    void shouldSeedEachMemberWithTheOutputOfSplitMix64AtItsIndex() {
        // The reference outputs of SplitMix64 for seed 1234567
        // (https://rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64).
        List<CompletionRequest> rows = task("a", 5, WARM, 1_234_567).rows();

        assertThat(rows.stream().map(row -> Long.toUnsignedString(row.seed())))
                .containsExactly(
                        "6457827717110365317",
                        "3203168211198807973",
                        "9817491932198370423",
                        "4593380528125082431",
                        "16408922859458223821");
        assertThat(task("a", 2, WARM, 1_234_567).rows())
                .extracting(CompletionRequest::seed)
                .as("a member's seed does not depend on the size of its group")
                .containsExactly(rows.get(0).seed(), rows.get(1).seed());
    }

    private static PreparedTask task(String id, int groupSize, SamplingOptions options, long seed) {
        SamplingParameters sampling =
                new SamplingParameters(options.temperature(), options.topP(), options.maxNewTokens(), seed);
        return new PreparedTask(
                new ConsumerRecord<>("tasks", 0, seed, null, null),
                new RolloutTask(id, seed, "p", "default", groupSize, sampling, 0L, 0L),
                new Prompt("p", "1+1=", "2", "default", Map.of()),
                new int[] {4, 13, 4, 17},
                options);
    }
}
