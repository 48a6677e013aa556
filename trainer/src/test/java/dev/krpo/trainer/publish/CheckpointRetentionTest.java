package dev.krpo.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.policy.checkpoint.CheckpointException;
import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.schemas.PolicyVersion;
import dev.krpo.settings.Config;
import dev.krpo.trainer.settings.TrainerSettings;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointRetentionTest {

    private static final long DAY_MS = 86_400_000;

    @TempDir
    private Path directory;

    @Test
    void shouldKeepTheFirstTheNewestAndEveryNthVersionAndNamesThatAreNotVersions() throws IOException {
        CheckpointRetention retention = retention("-1");
        for (int version = 0; version <= 25; version++) {
            retention.apply(write(version, "-0000000a"), version * 400L * DAY_MS);
        }
        Files.createDirectory(directory.resolve("mine"));
        retention.apply(announced("v00000025-0000000a", 25), 0);

        assertThat(names())
                .containsExactly(
                        "mine",
                        "v00000000-0000000a",
                        "v00000010-0000000a",
                        "v00000020-0000000a",
                        "v00000023-0000000a",
                        "v00000024-0000000a",
                        "v00000025-0000000a");
    }

    @Test
    void shouldDropAnNthVersionWhenTheLogNoLongerHasItsSuccessors() throws IOException {
        CheckpointRetention retention = retention(Long.toString(7 * DAY_MS));
        write(0, "");
        write(10, "");
        retention.apply(announced("gone", 20), 0);
        retention.apply(announced("gone", 21), 7 * DAY_MS);
        assertThat(names()).contains("v00000010");

        retention.apply(announced("gone", 22), 7 * DAY_MS + 1);
        assertThat(names()).containsExactly("v00000000");
    }

    @Test
    void shouldRemoveUnannouncedCheckpointsOfEarlierTrainers() throws IOException {
        write(11, "-0000000a");
        PolicyVersion last = write(12, "-0000000b");
        write(12, "-0000000a");
        write(13, "");
        write(13, "-0000000a");
        Files.createDirectory(directory.resolve(".v00000013-0000000c.partial"));
        Files.createDirectory(directory.resolve(".v00000009-0000000c.deleted"));
        List<String> earlier = List.of(
                "v00000011-0000000a",
                "v00000012-0000000a",
                "v00000012-0000000b",
                "v00000013",
                "v00000013-0000000a",
                "v00000013-0000000c");
        CheckpointRetention retention = retention("-1");
        retention.removeLeftovers(earlier, Optional.of(last));
        assertThat(names()).containsExactly("v00000011-0000000a", "v00000012-0000000b");

        // A trainer that was fenced while writing completed its write.
        PolicyVersion next = write(13, "-0000000d");
        write(13, "-0000000e");
        retention.apply(next, 0);
        assertThat(names()).containsExactly("v00000011-0000000a", "v00000012-0000000b", "v00000013-0000000d");
        assertThat(new DirectoryCheckpointStore(directory).unfinished()).isEmpty();
    }

    @Test
    void shouldNotTouchCheckpointsOfASuccessorAfterAPause() throws IOException {
        CheckpointRetention paused = retention("-1");
        List<String> earlier = List.of("v00000012-0000000a");
        PolicyVersion twelfth = write(12, "-0000000a");
        List<String> successors = List.of("v00000013-0000000b", "v00000014-0000000b", "v00000120-0000000b");
        for (String name : successors) {
            Files.createDirectory(directory.resolve(name));
        }
        Files.createDirectory(directory.resolve(".v00000121-0000000b.partial"));

        paused.removeLeftovers(earlier, Optional.of(twelfth));
        paused.apply(twelfth, 0);

        assertThat(names()).containsAll(successors).contains("v00000012-0000000a");
        assertThat(new DirectoryCheckpointStore(directory).unfinished()).containsExactly("v00000121-0000000b");
    }

    @Test
    void shouldRetryAFailedDeletionLater() throws IOException {
        AtomicBoolean failing = new AtomicBoolean(true);
        CheckpointStore real = new DirectoryCheckpointStore(directory);
        CheckpointStore unreliable = (CheckpointStore) Proxy.newProxyInstance(
                CheckpointStore.class.getClassLoader(),
                new Class<?>[] {CheckpointStore.class},
                (proxy, method, arguments) -> {
                    if (failing.get() && Set.of("delete", "names").contains(method.getName())) {
                        throw new CheckpointException("Stale file handle");
                    }
                    return method.invoke(real, arguments);
                });
        CheckpointRetention retention = new CheckpointRetention(unreliable, settings("-1", "elsewhere"));
        write(1, "-0000000a");
        PolicyVersion last = write(9, "-0000000a");
        retention.apply(last, 0);
        assertThat(names()).containsExactly("v00000001-0000000a", "v00000009-0000000a");

        failing.set(false);
        retention.apply(last, 0);
        assertThat(names()).containsExactly("v00000009-0000000a");
    }

    @Test
    void shouldNeverDeleteTheBaseModel() throws IOException {
        CheckpointRetention retention = retention("-1", "v00000001-0000000a");
        write(1, "-0000000a");
        retention.apply(write(9, "-0000000a"), 0);
        assertThat(names()).containsExactly("v00000001-0000000a", "v00000009-0000000a");
    }

    private CheckpointRetention retention(String logMs) {
        return retention(logMs, "elsewhere");
    }

    private CheckpointRetention retention(String logMs, String baseModel) {
        return new CheckpointRetention(new DirectoryCheckpointStore(directory), settings(logMs, baseModel));
    }

    private TrainerSettings settings(String logMs, String baseModel) {
        Map<String, String> config = new HashMap<>();
        config.put("policy.checkpoints", directory.toString());
        config.put("policy.baseModel", directory.resolve(baseModel).toString());
        config.put("topics.retentionMs", logMs);
        config.put("trainer.keepCheckpoints", "3");
        config.put("trainer.keepEveryVersions", "10");
        return new TrainerSettings(Config.of(config));
    }

    private List<String> names() {
        return new DirectoryCheckpointStore(directory).names();
    }

    private PolicyVersion write(long version, String attempt) throws IOException {
        String name = String.format("v%08d%s", version, attempt);
        Files.createDirectory(directory.resolve(name));
        return announced(name, version);
    }

    private static PolicyVersion announced(String name, long version) {
        return new PolicyVersion("default", version, name, "ab12", 1L, 0L);
    }
}
