package dev.krpo.broker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Locks a directory for this process. The operating system releases the lock when the process dies, however it dies.
 */
public final class DirectoryLock implements AutoCloseable {

    private static final String FILE = "krpo.lock";
    /** Locks bytes beyond the text, which other processes must be able to read while the lock is held. */
    private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

    /**
     * Closing any channel to a file may release all locks of this process on it, so no second channel is ever opened.
     */
    private static final Map<Path, String> OF_THIS_PROCESS = new ConcurrentHashMap<>();

    private final Path directory;
    private final FileChannel channel;

    private DirectoryLock(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Locks the directory, creating it if necessary.
     *
     * @throws DirectoryInUseException naming process id, command and start time of the process that uses it
     * @throws UncheckedIOException if the lock file cannot be written
     */
    public static DirectoryLock acquire(Path directory) {
        Path real = made(directory);
        String self = self();
        String holder = OF_THIS_PROCESS.putIfAbsent(real, self);
        if (holder != null) {
            throw inUse(directory, holder);
        }
        boolean locked = false;
        try {
            DirectoryLock lock = lock(directory, real, self);
            locked = true;
            return lock;
        } finally {
            if (!locked) {
                OF_THIS_PROCESS.remove(real);
            }
        }
    }

    private static DirectoryLock lock(Path directory, Path real, String self) {
        Path file = real.resolve(FILE);
        try {
            FileChannel channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
            if (lock == null) {
                channel.close();
                throw inUse(directory, Files.readString(file));
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(self.getBytes(StandardCharsets.UTF_8)));
            channel.force(false);
            return new DirectoryLock(real, channel);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    file + " cannot be written, so the directory cannot be locked; check the file's permissions"
                            + " and the disk",
                    e);
        }
    }

    private static Path made(Path directory) {
        try {
            Files.createDirectories(directory);
            return directory.toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the directory " + directory + " cannot be created; check the permissions of its parent and"
                            + " the disk",
                    e);
        }
    }

    private static DirectoryInUseException inUse(Path directory, String holder) {
        return new DirectoryInUseException(directory + " is in use by " + holder.strip()
                + "; wait until it has ended, stop it, or use another directory");
    }

    private static String self() {
        ProcessHandle process = ProcessHandle.current();
        String since = process.info()
                .startInstant()
                .orElseGet(Instant::now)
                .truncatedTo(ChronoUnit.SECONDS)
                .toString();
        return "process " + process.pid() + " (" + command() + ", running since " + since + ")";
    }

    /** The main class in lower case and the words up to the first option, since options may hold secrets. */
    private static String command() {
        String[] words = System.getProperty("sun.java.command", "java").split(" ", -1);
        String main = words[0].substring(words[0].lastIndexOf('.') + 1);
        StringBuilder command = new StringBuilder(main.toLowerCase(Locale.ROOT));
        for (int i = 1; i < words.length && !words[i].startsWith("-"); i++) {
            command.append(' ').append(words[i]);
        }
        return command.toString();
    }

    /** Releases the directory; the lock file is kept, because deleting it could remove the next process' lock. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("unlocking " + directory, e);
        } finally {
            OF_THIS_PROCESS.remove(directory);
        }
    }
}
