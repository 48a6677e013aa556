package dev.krpo.policy.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Checkpoints as directories below one root, which may be a shared file system. A checkpoint is written into a hidden
 * directory, forced to the disk and then renamed; hidden leftovers of a crash are never taken for a checkpoint, and the
 * next write of the same name removes them. One process at a time may write a name.
 */
public final class DirectoryCheckpointStore implements CheckpointStore {

    /** The file of the weights. */
    public static final String WEIGHTS = "model.safetensors";
    /** The file of the optimizer state, if there is one. */
    public static final String OPTIMIZER = "optimizer.safetensors";
    /** The file of the model's shape. */
    public static final String CONFIG = "config.json";
    /** The file of the tokenizer. */
    public static final String TOKENIZER = "tokenizer.json";

    private final Path root;

    /** Creates the root if it is absent. */
    public DirectoryCheckpointStore(Path root) {
        this.root = root.toAbsolutePath().normalize();
        try {
            Files.createDirectories(this.root);
        } catch (IOException e) {
            throw new CheckpointException("The checkpoint directory " + this.root + " cannot be created", e);
        }
    }

    @Override
    public CheckpointRef write(String name, CheckpointContents contents) {
        Path target = resolve(name);
        Path partial = root.resolve("." + name + ".partial");
        try {
            try {
                deleteTree(partial);
                Files.createDirectory(partial);
                contents.write(partial);
                Path weights = partial.resolve(WEIGHTS);
                CheckpointRef ref = new CheckpointRef(name, CheckpointContents.sha256(weights), Files.size(weights));
                delete(name);
                Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
                force(root);
                return ref;
            } finally {
                deleteTree(partial);
            }
        } catch (IOException e) {
            throw new CheckpointException(
                    "Checkpoint " + target + " cannot be written: " + e + "; "
                            + root.toFile().getUsableSpace()
                            + " bytes are free there. Make room, or mend its permissions,"
                            + " and start again: it goes on from the last checkpoint that was announced",
                    e);
        }
    }

    @Override
    public Path open(String uri, String sha256) {
        Path directory = resolve(uri);
        Path weights = directory.resolve(WEIGHTS);
        if (!Files.isRegularFile(weights)) {
            throw new CheckpointException(weights + " is missing; was checkpoint " + uri
                    + " pruned, or does policy.checkpoints differ from the trainer's?");
        }
        try {
            CheckpointContents.verify(weights, sha256);
        } catch (IOException e) {
            throw new CheckpointException(weights + " cannot be read: " + e, e);
        }
        return directory;
    }

    @Override
    public List<String> names() {
        try (Stream<Path> children = Files.list(root)) {
            return children.filter(Files::isDirectory)
                    .map(path -> path.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new CheckpointException("The checkpoint directory " + root + " cannot be listed", e);
        }
    }

    @Override
    public void delete(String name) {
        Path target = resolve(name);
        Path doomed = root.resolve("." + name + ".deleted");
        try {
            deleteTree(doomed);
            if (Files.exists(target)) {
                // Renamed first: a checkpoint is whole or absent on its way out, too.
                Files.move(target, doomed, StandardCopyOption.ATOMIC_MOVE);
                deleteTree(doomed);
            }
        } catch (IOException e) {
            throw new CheckpointException("Checkpoint " + target + " cannot be deleted: " + e, e);
        }
    }

    private Path resolve(String name) {
        Path path = root.resolve(name).normalize();
        if (name.isEmpty() || name.startsWith(".") || !root.equals(path.getParent())) {
            throw new CheckpointException(
                    "\"" + name + "\" is no checkpoint name: a plain directory name below " + root + " is needed");
        }
        return path;
    }

    /** Makes a directory's entries durable. */
    static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void deleteTree(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> tree = Files.walk(directory)) {
            deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.delete(path);
        }
    }
}
