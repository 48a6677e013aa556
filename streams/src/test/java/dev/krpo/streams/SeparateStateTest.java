package dev.krpo.streams;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.estimators.Belief;
import dev.krpo.schemas.AdvantageSample;
import dev.krpo.schemas.KalmanState;
import dev.krpo.schemas.Rollout;
import dev.krpo.streams.processor.TopologyNames;
import dev.krpo.streams.store.StoredBelief;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.avro.SchemaNormalization;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** State belongs to a policy, a dataset and a prompt; state that earlier builds stored by prompt alone is migrated. */
class SeparateStateTest {

    @TempDir
    Path stateDir;

    private TopologyHarness topology;

    @BeforeEach
    void start() {
        topology = new TopologyHarness(stateDir, Map.of());
    }

    @AfterEach
    void stop() {
        topology.close();
    }

    @Test
    void shouldNotLetAnotherPolicyTouchPromptOrDataset() {
        pipe("ours", "sums", "p1", "t0", 0);
        double untouched = topology.advantages().get(0).getBaseline();
        for (int i = 0; i < 100; i++) {
            pipe("theirs", "sums", "p1", "other-" + i, 1);
        }
        topology.advantages();

        pipe("ours", "sums", "p1", "t1", 0);
        pipe("ours", "sums", "p2", "t2", 0);
        pipe("new", "sums", "p3", "t3", 0);

        List<AdvantageSample> samples = topology.advantages();
        assertThat(samples).extracting(AdvantageSample::getObservations).containsExactly(1L, 0L, 0L);
        assertThat(samples.get(0).getBaseline()).isLessThan(untouched);
        assertThat(samples.get(1).getBaseline()).as("the prior of the dataset").isLessThan(untouched);
        assertThat(samples.get(2).getBaseline())
                .as("belief of a policy without rewards")
                .isEqualTo(untouched);
    }

    @Test
    void shouldNotShareAFilterBetweenEqualPromptIdsOfTwoDatasets() {
        for (int i = 0; i < 100; i++) {
            pipe("ours", "sums", "p1", "t" + i, 1);
        }
        topology.advantages();

        pipe("ours", "poems", "p1", "first", 1);

        AdvantageSample sample = topology.advantages().get(0);
        assertThat(sample.getObservations()).isZero();
        assertThat(sample.getBaseline()).isEqualTo(0.5);
    }

    @Test
    void shouldCountTheSameRolloutIdOfTwoPoliciesAsTwo() {
        pipe("ours", "sums", "p1", "t", 1);
        pipe("theirs", "sums", "p1", "t", 1);
        pipe("ours", "sums", "p1", "t", 1);

        assertThat(topology.advantages())
                .extracting(sample -> sample.getRollout().getPolicyName())
                .containsExactly("ours", "theirs");
    }

    @Test
    void shouldDistinguishNamesWithEqualConcatenations() {
        pipe("a1:b", "c", "p", "t", 1);
        pipe("a", "b1:c", "p", "t", 1);

        assertThat(topology.baselineRecords()).extracting(TestRecord::key).doesNotHaveDuplicates();
        assertThat(topology.advantages())
                .extracting(AdvantageSample::getObservations)
                .containsExactly(0L, 0L);
    }

    @Test
    void shouldNameThePolicyOfABaselineAndKeepOneRecordForEachFilter() {
        pipe("ours", "sums", "p1", "t", 1);
        pipe("theirs", "sums", "p1", "t", 0);
        pipe("ours", "poems", "p1", "t", 1);

        List<TestRecord<String, KalmanState>> baselines = topology.baselineRecords();
        assertThat(baselines)
                .extracting(TestRecord::key)
                .containsExactly("4:ours4:sums2:p1", "6:theirs4:sums2:p1", "4:ours5:poems2:p1");
        assertThat(baselines)
                .extracting(record -> record.value().getPolicyName())
                .containsExactly("ours", "theirs", "ours");
        assertThat(baselines).extracting(record -> record.value().getPromptId()).containsOnly("p1");
    }

    @Test
    void shouldMigrateTheFiltersOfAnEarlierBuildOnce() {
        Belief believed = new Belief(0.875, 0.01, 40, 3);
        prompts().put("p1", new StoredBelief(believed, "", "sums", 1));
        datasets().put("sums", new StoredBelief(new Belief(0.75, 0.002, 900, 3), "", "sums", 1));

        pipe("ours", "poems", "p1", "other-dataset", 1);
        assertThat(topology.advantages().get(0).getObservations()).isZero();
        pipe("ours", "sums", "p1", "t1", 1);
        pipe("ours", "sums", "p2", "t2", 1);
        pipe("theirs", "sums", "p1", "t1", 1);

        List<AdvantageSample> samples = topology.advantages();
        assertThat(samples).extracting(AdvantageSample::getObservations).containsExactly(40L, 0L, 0L);
        assertThat(samples.get(0).getBaseline()).isEqualTo(0.875);
        assertThat(samples.get(1).getBaseline()).isBetween(0.74, 0.8);
        assertThat(samples.get(2).getBaseline())
                .as("belief of a policy that is new")
                .isEqualTo(0.5);
        assertThat(prompts().get("p1")).isNull();
        assertThat(datasets().get("sums")).isNull();
    }

    @Test
    void shouldNotMigrateTheStateOfAPromptWhoseKeyEqualsThisPromptsName() {
        for (int i = 0; i < 10; i++) {
            pipe("ours", "sums", "p1", "t" + i, 1);
        }
        topology.advantages();

        pipe("ours", "sums", "4:ours4:sums2:p1", "t0", 1);

        assertThat(topology.advantages())
                .extracting(AdvantageSample::getObservations)
                .containsExactly(0L);
    }

    @Test
    void shouldRememberTheRolloutIdsOfAnEarlierBuild() {
        KeyValueStore<String, byte[]> ids = topology.store(TopologyNames.RECENT_IDS);
        byte[] former = ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(fingerprint("rseen-before/0"))
                .putLong(fingerprint("rseen-too/0"))
                .array();
        ids.put("p1", former);

        pipe("ours", "sums", "p1", "seen-before", 1);
        pipe("ours", "sums", "p1", "new", 1);
        pipe("ours", "sums", "p1", "seen-too", 1);
        pipe("ours", "poems", "p1", "seen-before", 1);

        assertThat(topology.advantages())
                .extracting(sample -> sample.getRollout().getTaskId())
                .containsExactly("new");
        assertThat(ids.get("4:ours4:sums2:p1")).hasSize(1 + 3 * Long.BYTES).startsWith(1);
    }

    private static long fingerprint(String id) {
        return SchemaNormalization.fingerprint64(id.getBytes(StandardCharsets.UTF_8));
    }

    private KeyValueStore<String, StoredBelief> prompts() {
        return topology.store(TopologyNames.PROMPT_FILTERS);
    }

    private KeyValueStore<String, StoredBelief> datasets() {
        return topology.store(TopologyNames.DATASET_FILTERS);
    }

    private void pipe(String policy, String dataset, String prompt, String task, double reward) {
        Rollout rollout = Rollouts.member(prompt, task, 1, 0, reward)
                .setPolicyName(policy)
                .setDataset(dataset)
                .build();
        topology.pipe(rollout);
    }
}
