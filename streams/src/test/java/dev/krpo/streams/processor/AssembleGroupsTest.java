package dev.krpo.streams.processor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.estimators.GroupEstimation;
import dev.krpo.schemas.Rollout;
import dev.krpo.schemas.serde.EncodedRollout;
import dev.krpo.settings.Config;
import dev.krpo.streams.Rollouts;
import dev.krpo.streams.TopologyHarness;
import dev.krpo.streams.store.OpenGroup;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kafka Streams reinitializes the assembler after aborting a task's transaction. */
class AssembleGroupsTest {

    private static final long TIMEOUT_MS = 1_000;

    private static final Map<String, String> CONFIG = Map.of(
            "estimator.name",
            "grpo",
            "streams.groupClock",
            "stream",
            "streams.groupTimeoutMs",
            Long.toString(TIMEOUT_MS));

    @TempDir
    Path stateDir;

    private MockProcessorContext<Object, Object> context;
    private KeyValueStore<String, OpenGroup> open;
    private KeyValueStore<String, GroupMember> members;

    @Test
    void shouldCloseTheSameGroupsAfterTheStoresWereRolledBack() {
        context = new MockProcessorContext<>(new Properties(), new TaskId(0, 0), stateDir.toFile());
        open = store(TopologyNames.OPEN_GROUPS, OpenGroup.serde());
        members = store(TopologyNames.GROUP_MEMBERS, new GroupMemberSerde());
        KeyValueStore<String, byte[]> ids = store(TopologyNames.RECENT_IDS, Serdes.ByteArray());
        AssembleGroups assembler =
                new AssembleGroups("rollouts", GroupEstimation.of(Config.of(CONFIG)), Config.of(CONFIG));
        assembler.init(context);
        feed(assembler, "early", 0);
        String group = key(open);
        String member = key(members);
        OpenGroup committedGroup = open.get(group);
        GroupMember committedMember = members.get(member);
        feed(assembler, "late", TIMEOUT_MS);
        List<Object> closed = forwarded();
        assertThat(closed).hasSize(1);

        clear(open);
        clear(members);
        clear(ids);
        open.put(group, committedGroup);
        members.put(member, committedMember);
        context.resetForwards();
        assembler.init(context);
        feed(assembler, "late", TIMEOUT_MS);

        assertThat(open.get(group)).isNull();
        assertThat(forwarded()).hasSameSizeAs(closed);
    }

    private void feed(AssembleGroups assembler, String groupId, long streamTimeMs) {
        Rollout rollout = Rollouts.member("p1", groupId, 3, 0, 1).build();
        byte[] value = TopologyHarness.encode(rollout);
        Record<byte[], byte[]> source = new Record<>(TopologyHarness.key("p1"), value, streamTimeMs);
        context.setCurrentStreamTimeMs(streamTimeMs);
        context.setCurrentSystemTimeMs(streamTimeMs);
        assembler.process(new Record<>(
                "p1", List.of(new SourcedRollout(EncodedRollout.read(value), source, 0, 0)), streamTimeMs));
    }

    private List<Object> forwarded() {
        return context.forwarded().stream()
                .map(forward -> (Object) forward.record().value())
                .toList();
    }

    private static <V> String key(KeyValueStore<String, V> store) {
        try (var all = store.all()) {
            return all.next().key;
        }
    }

    private static <V> void clear(KeyValueStore<String, V> store) {
        while (store.approximateNumEntries() > 0) {
            store.delete(key(store));
        }
    }

    private <V> KeyValueStore<String, V> store(String name, Serde<V> values) {
        KeyValueStore<String, V> store = Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(name), Serdes.String(), values)
                .withLoggingDisabled()
                .build();
        store.init(context.getStateStoreContext(), store);
        context.addStateStore(store);
        return store;
    }
}
