package dev.krpo.streams.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.Rollout;
import dev.krpo.streams.Rollouts;
import dev.krpo.streams.TopologyHarness;
import dev.krpo.streams.store.OpenGroup;
import dev.krpo.streams.store.PromptKey;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Serialized open groups and members have a format byte; those of earlier builds without one are still readable. */
class GroupBytesTest {

    private static final PromptKey OWNER = new PromptKey("d\u00e9fi", "sums", "p1");

    @TempDir
    Path stateDir;

    private final Serde<OpenGroup> groups = OpenGroup.serde();
    private final Serde<GroupMember> members = new GroupMemberSerde();

    @Test
    void shouldKeepAnOpenGroup() {
        OpenGroup group = new OpenGroup(OWNER, 8, 3, Set.of(1, 6), 1_700_000_000_123L);

        byte[] bytes = groups.serializer().serialize("store", group);

        assertThat(bytes[0]).isEqualTo((byte) -1);
        assertThat(groups.deserializer().deserialize("store", bytes)).isEqualTo(group);
    }

    @Test
    void shouldReadAnOpenGroupOfAnEarlierBuild() {
        OpenGroup former = groups.deserializer().deserialize("store", formerGroup(8, 3, 1_700_000_000_123L));

        assertThat(former).isEqualTo(new OpenGroup(null, 8, 3, Set.of(), 1_700_000_000_123L));
        assertThat(groups.deserializer()
                        .deserialize("store", groups.serializer().serialize("store", former)))
                .isEqualTo(former);
    }

    @Test
    void shouldNameAnUnknownFormat() {
        byte[] group = groups.serializer().serialize("store", OpenGroup.of(OWNER, 2, 5));
        byte[] member = members.serializer().serialize("store", sourced(rollout(0)));
        group[0] = -2;
        member[0] = -2;

        assertThatThrownBy(() -> groups.deserializer().deserialize("store", group))
                .hasMessageContaining("has format -2, this release reads -1")
                .hasMessageContaining("streams.applicationId");
        assertThatThrownBy(() -> members.deserializer().deserialize("store", member))
                .hasMessageContaining("has format -2, this release reads -1")
                .hasMessageContaining("streams.applicationId");
    }

    @Test
    void shouldReadAMemberOfAnEarlierBuild() {
        byte[] bytes = members.serializer().serialize("store", sourced(rollout(1)));
        assertThat(bytes[0]).isEqualTo((byte) -1);

        GroupMember former = members.deserializer().deserialize("store", withoutFormat(bytes));

        assertThat(former.decoded().rollout().rolloutId()).isEqualTo("g/1");
        assertThat(former.offset()).isEqualTo(17);
        assertThat(members.deserializer()
                        .deserialize("store", bytes)
                        .decoded()
                        .rollout()
                        .rolloutId())
                .isEqualTo("g/1");
    }

    @Test
    void shouldCompleteAGroupThatAnEarlierBuildOpened() {
        try (TopologyHarness topology = new TopologyHarness(stateDir, Map.of("estimator.name", "grpo"))) {
            KeyValueStore<String, OpenGroup> open = topology.store(TopologyNames.OPEN_GROUPS);
            KeyValueStore<String, GroupMember> waiting = topology.store(TopologyNames.GROUP_MEMBERS);
            open.put("2:p11:g#", groups.deserializer().deserialize("store", formerGroup(3, 2, TopologyHarness.START)));
            waiting.put("2:p11:g#0", sourced(rollout(0)));
            waiting.put("2:p11:g#2", sourced(rollout(2)));

            topology.pipe(
                    Rollouts.member("p1", "g", 3, 1, 1).setDataset("poems").build());
            assertThat(topology.deadLetter().getReason()).isEqualTo("group-mixed");
            topology.pipe(rollout(1));

            assertThat(topology.advantages())
                    .extracting(sample -> sample.getRollout().getIndex())
                    .containsExactly(0, 1, 2);
            assertThat(open.all()).toIterable().isEmpty();
            assertThat(waiting.all()).toIterable().isEmpty();
        }
    }

    @Test
    void shouldRejectAWaitingMemberThatAnEarlierBuildAcceptedAndEstimateTheOthers() {
        try (TopologyHarness topology = new TopologyHarness(stateDir, Map.of("estimator.name", "grpo"))) {
            byte[] encoded = TopologyHarness.encode(rollout(1));
            byte[] trailing = Arrays.copyOf(encoded, encoded.length + 1);
            KeyValueStore<String, OpenGroup> open = topology.store(TopologyNames.OPEN_GROUPS);
            KeyValueStore<String, GroupMember> waiting = topology.store(TopologyNames.GROUP_MEMBERS);
            open.put("2:p11:g#", groups.deserializer().deserialize("store", formerGroup(3, 2, TopologyHarness.START)));
            waiting.put("2:p11:g#0", sourced(rollout(0)));
            waiting.put("2:p11:g#1", sourced(trailing));

            topology.pipe(rollout(2));

            DeadLetter letter = topology.deadLetter();
            assertThat(letter.getReason()).isEqualTo("trailing-bytes");
            assertThat(letter.getSourceOffset()).isEqualTo(17);
            assertThat(letter.getValue().array()).isEqualTo(trailing);
            assertThat(topology.advantages())
                    .extracting(sample -> sample.getRollout().getIndex())
                    .containsExactly(0, 2);
            assertThat(waiting.all()).toIterable().isEmpty();
        }
    }

    private static Rollout rollout(int index) {
        return Rollouts.member("p1", "g", 3, index, index % 2).build();
    }

    private static GroupMember sourced(Rollout rollout) {
        return sourced(TopologyHarness.encode(rollout));
    }

    private static GroupMember sourced(byte[] value) {
        return new GroupMember(
                new Record<>(TopologyHarness.key("p1"), value, TopologyHarness.START, new RecordHeaders()), 0, 17);
    }

    private static byte[] formerGroup(int size, int arrived, long openedAtMs) {
        return ByteBuffer.allocate(16)
                .putInt(size)
                .putInt(arrived)
                .putLong(openedAtMs)
                .array();
    }

    private static byte[] withoutFormat(byte[] bytes) {
        return Arrays.copyOfRange(bytes, 1, bytes.length);
    }
}
