package dev.krpo.policy.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Checkpoints as directories below a root; a new one appears under its name only when it is complete on disk. */
public final class DirectoryCheckpointStore implements CheckpointStore {

    public static final String WEIGHTS = "model.safetensors";
    public static final String OPTIMIZER = "optimizer.safetensors";
    public static final String CONFIG = "config.json";
    public static final String TOKENIZER = "tokenizer.json";
    private static final String UNFINISHED = ".unfinished-";

    private final Path root;

    public DirectoryCheckpointStore(Path root) {
        this.root = root;
    }

    @Override
    public CheckpointRef write(String name, CheckpointContents contents) {
        byte[] weights = Safetensors.encode(contents.weights());
        Path unfinished = root.resolve(UNFINISHED + name);
        Path finished = root.resolve(name);
        try {
            deleteTree(unfinished);
            Files.createDirectories(unfinished);
            durable(unfinished.resolve(WEIGHTS), weights);
            durable(
                    unfinished.resolve(CONFIG),
                    utf8(contents.config()
                            .toJson(
                                    contents.tokenizer().bosId(),
                                    contents.tokenizer().eosId(),
                                    contents.tokenizer().padId())));
            durable(unfinished.resolve(TOKENIZER), utf8(contents.tokenizer().toJson()));
            if (!contents.optimizer().isEmpty()) {
                durable(unfinished.resolve(OPTIMIZER), Safetensors.encode(contents.optimizer()));
            }
            force(unfinished);
            deleteTree(finished);
            Files.move(unfinished, finished, StandardCopyOption.ATOMIC_MOVE);
            force(root);
        } catch (IOException e) {
            throw new CheckpointException("writing checkpoint " + finished + " failed: " + e, e);
        }
        return new CheckpointRef(name, sha256(weights), weights.length);
    }

    @Override
    public Path open(String uri, String sha256) {
        Path directory = root.resolve(uri);
        Path weights = directory.resolve(WEIGHTS);
        try {
            String actual = sha256(Files.readAllBytes(weights));
            if (!actual.equals(sha256)) {
                throw new CheckpointException(weights + ": SHA-256 is " + actual + ", announced was " + sha256
                        + "; the file was changed or damaged, restore it from a backup or start from another version");
            }
            return directory;
        } catch (IOException e) {
            throw new CheckpointException("checkpoint " + directory + " cannot be read: " + e, e);
        }
    }

    @Override
    public List<String> names() {
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(root)) {
            return entries.filter(Files::isDirectory)
                    .map(path -> path.getFileName().toString())
                    .filter(name -> !name.startsWith(UNFINISHED))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new CheckpointException("listing " + root + " failed: " + e, e);
        }
    }

    @Override
    public void delete(String name) {
        try {
            deleteTree(root.resolve(name));
        } catch (IOException e) {
            throw new CheckpointException("deleting checkpoint " + name + " failed: " + e, e);
        }
    }

    /** Lower-case hexadecimal. */
    public static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void durable(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void deleteTree(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(tree)) {
            paths.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
