package dev.krpo.trainer.run;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A separate file system of limited size: a tmpfs in the mount namespace of a child process, accessed through
 * {@code /proc}. It needs no root where Linux allows user namespaces, and disappears with the child.
 */
final class SmallDisk implements AutoCloseable {

    private final Process holder;
    private final Path root;

    private SmallDisk(Process holder, Path root) {
        this.holder = holder;
        this.root = root;
    }

    /** Mounts it over an empty directory; where that is not allowed, the test is skipped. */
    static SmallDisk mount(Path directory, long bytes) throws IOException {
        Files.createDirectory(directory);
        // cat exits when its standard input closes, and so with this JVM.
        String script = "mount -t tmpfs -o size=" + bytes + " tmpfs '" + directory + "' && echo mounted && exec cat";
        Process holder;
        try {
            holder = new ProcessBuilder("unshare", "--map-root-user", "--mount", "sh", "-c", script)
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            return abort("no small disk, because unshare is not available here: " + e.getMessage());
        }
        BufferedReader output = holder.inputReader(StandardCharsets.UTF_8);
        String first = output.readLine();
        if (!"mounted".equals(first)) {
            holder.destroy();
            return abort("no small disk, because this machine does not let users mount one: " + first);
        }
        return new SmallDisk(holder, Path.of("/proc/" + holder.pid() + "/root" + directory));
    }

    Path root() {
        return root;
    }

    /** Leaves this many bytes free, or up to a page less. */
    void fill(long free) throws IOException {
        byte[] page = new byte[4096];
        try (OutputStream filler = Files.newOutputStream(filler())) {
            while (root.toFile().getUsableSpace() > free) {
                filler.write(page);
            }
        }
    }

    /** Frees the space that {@link #fill} used. */
    void free() throws IOException {
        Files.delete(filler());
    }

    private Path filler() {
        return root.resolve("filler");
    }

    @Override
    public void close() {
        holder.destroyForcibly();
    }
}
