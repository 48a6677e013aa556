package dev.krpo.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DirectoryLockTest {

    @TempDir
    private Path directory;

    @Test
    void shouldNameThisProcessWhenItLocksTheDirectoryTwice() {
        Path made = directory.resolve("run");
        try (DirectoryLock lock = DirectoryLock.acquire(made)) {
            assertThat(lock).isNotNull();
            for (int attempt = 0; attempt < 2; attempt++) {
                assertThatThrownBy(() ->
                                DirectoryLock.acquire(directory.resolve(".").resolve("run")))
                        .isInstanceOf(DirectoryInUseException.class)
                        .hasMessageContaining("run is in use by process "
                                + ProcessHandle.current().pid());
            }
        }
        DirectoryLock.acquire(made).close();
    }

    @Test
    void shouldNameTheOtherProcessAndReleaseTheLockOnceItIsKilled() throws Exception {
        Process holder = holder(directory);
        try {
            assertThat(holder.inputReader().readLine()).isEqualTo("locked");

            assertThatThrownBy(() -> DirectoryLock.acquire(directory))
                    .isInstanceOf(DirectoryInUseException.class)
                    .hasMessageStartingWith(directory + " is in use by process " + holder.pid()
                            + " (directorylocktest$holder " + directory + ", running since 20");
        } finally {
            holder.destroyForcibly().waitFor();
        }
        DirectoryLock.acquire(directory).close();
    }

    @Test
    void shouldNotStartABrokerOnTheDataOfAnother() throws Exception {
        Process holder = holder(directory);
        try {
            assertThat(holder.inputReader().readLine()).isEqualTo("locked");

            assertThatThrownBy(() -> EmbeddedBroker.start(directory))
                    .isInstanceOf(DirectoryInUseException.class)
                    .hasMessageContaining(Long.toString(holder.pid()));
            assertThat(directory).isDirectoryNotContaining("glob:**/meta.properties");
        } finally {
            holder.destroyForcibly().waitFor();
        }
    }

    private static Process holder(Path directory) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        directory.toString(),
                        "--password",
                        "secret")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Locks the directory in its first argument until it is killed. */
    static final class Holder {
        public static void main(String[] args) throws Exception {
            try (DirectoryLock lock = DirectoryLock.acquire(Path.of(args[0]))) {
                System.out.println("locked");
                Thread.currentThread().join();
            }
        }
    }
}
