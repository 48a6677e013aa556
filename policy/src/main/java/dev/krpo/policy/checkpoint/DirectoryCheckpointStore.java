package dev.krpo.policy.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Checkpoints as directories below one root, which may be a shared file system. A checkpoint is written into a hidden
 * directory, forced to the disk and then renamed, so that leftovers of a crash are never mistaken for a checkpoint.
 */
public final class DirectoryCheckpointStore implements CheckpointStore {

    /** The file of the optimizer state, if there is one. */
    public static final String OPTIMIZER = "optimizer.safetensors";
    /** The file of the model's shape. */
    public static final String CONFIG = "config.json";
    /** The file of the tokenizer. */
    public static final String TOKENIZER = "tokenizer.json";

    private static final String OWNER = "krpo-owner";
    private static final String PARTIAL = ".partial";
    private static final String DELETED = ".deleted";

    private final Path root;
    private volatile String owner;

    /** The root need not exist yet, and may be temporarily unavailable. */
    public DirectoryCheckpointStore(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    /** Opens {@code file:} URIs. */
    public static final class Factory implements CheckpointStoreFactory {

        @Override
        public String name() {
            return "file";
        }

        @Override
        public String description() {
            return "a local directory, or one on a mounted file system";
        }

        @Override
        public CheckpointStore at(URI root) {
            try {
                return new DirectoryCheckpointStore(Path.of(root));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "use a path, or a URI such as file:///data/checkpoints: " + e.getMessage(), e);
            }
        }
    }

    @Override
    public String location() {
        return root.toString();
    }

    @Override
    public boolean exists() {
        return Files.isDirectory(root);
    }

    @Override
    public void create() {
        try {
            Files.createDirectories(root);
        } catch (IOException e) {
            throw new CheckpointException(
                    "The checkpoint directory " + root + " cannot be created: " + CheckpointException.reason(e), e);
        }
    }

    @Override
    public void claim(String claimant) {
        Path file = root.resolve(OWNER);
        try {
            requireRoot();
            if (!Files.exists(file) || Files.size(file) == 0) {
                Files.writeString(file, claimant + "\n");
                force(root);
            }
            String holder = Files.readString(file).strip();
            if (!holder.equals(claimant)) {
                throw new CheckpointException("The checkpoint directory " + root + " belongs to " + holder
                        + ", but this is " + claimant + "; use another policy.checkpoints, or delete " + file
                        + " if that run has moved here");
            }
        } catch (IOException e) {
            throw new CheckpointException(
                    "The checkpoint directory " + root + " cannot be used: " + CheckpointException.reason(e), e);
        }
        owner = claimant;
    }

    @Override
    public CheckpointRef write(String name, CheckpointContents contents) {
        Path target = resolve(name);
        Path partial = hidden(name, PARTIAL);
        try {
            requireRoot();
            requireClaim();
            if (Files.exists(target)) {
                throw new IOException("it already exists, and checkpoints are never replaced");
            }
            try {
                deleteTree(partial);
                Files.createDirectory(partial);
                contents.write(partial);
                String sha256 = CheckpointContents.sha256(WeightFiles.identity(partial));
                CheckpointRef ref = new CheckpointRef(name, sha256, WeightFiles.sizeBytes(partial));
                Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
                force(root);
                return ref;
            } finally {
                deleteTree(partial);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new CheckpointException(
                    "Checkpoint " + target + " cannot be written: " + CheckpointException.reason(e) + room(), e);
        }
    }

    private void requireRoot() throws IOException {
        if (!Files.isDirectory(root)) {
            throw new IOException("the directory " + root + " is missing; is its file system mounted?");
        }
    }

    /** An unmounted file system leaves its mount point behind; checkpoints written there would never be found. */
    private void requireClaim() throws IOException {
        Path file = root.resolve(OWNER);
        if (owner != null && !Files.exists(file)) {
            throw new IOException("the file " + file + " is gone; is its file system mounted?");
        }
    }

    private String room() {
        return Files.isDirectory(root)
                ? "; " + root.toFile().getUsableSpace()
                        + " bytes are free there. Free some space, or fix its permissions"
                : "";
    }

    @Override
    public Path open(String uri, String sha256) {
        Path directory = resolve(uri);
        Path weights = WeightFiles.identity(directory);
        if (!Files.isRegularFile(weights)) {
            throw new CheckpointException(
                    Files.isDirectory(root)
                            ? weights + " is missing; was checkpoint " + uri
                                    + " pruned, or does policy.checkpoints differ from the trainer's?"
                            : weights + " is missing, as is the whole directory " + root
                                    + "; is its file system mounted, and does policy.checkpoints match the trainer's?");
        }
        try {
            WeightFiles.verify(directory, sha256);
        } catch (IOException e) {
            throw new CheckpointException(weights + " cannot be read: " + e, e);
        }
        return directory;
    }

    @Override
    public boolean has(String name) {
        return isPlain(name) && Files.isDirectory(root.resolve(name));
    }

    @Override
    public List<String> names() {
        return directories().filter(name -> !name.startsWith(".")).toList();
    }

    @Override
    public List<String> unfinished() {
        return directories()
                .filter(name -> name.startsWith(".") && (name.endsWith(PARTIAL) || name.endsWith(DELETED)))
                .map(name -> name.substring(1, name.lastIndexOf('.')))
                .filter(name -> !name.isEmpty())
                .distinct()
                .toList();
    }

    private Stream<String> directories() {
        try (Stream<Path> children = Files.list(root)) {
            return children
                    .filter(Files::isDirectory)
                    .map(path -> path.getFileName().toString())
                    .sorted()
                    .toList()
                    .stream();
        } catch (IOException | UncheckedIOException e) {
            throw new CheckpointException(
                    "The checkpoint directory " + root + " cannot be listed: " + CheckpointException.reason(e), e);
        }
    }

    @Override
    public void delete(String name) {
        Path target = resolve(name);
        Path doomed = hidden(name, DELETED);
        try {
            deleteTree(doomed);
            if (Files.exists(target)) {
                // Renamed first, so that a checkpoint is complete or absent during deletion as well.
                Files.move(target, doomed, StandardCopyOption.ATOMIC_MOVE);
                deleteTree(doomed);
            }
            deleteTree(hidden(name, PARTIAL));
        } catch (IOException | UncheckedIOException e) {
            throw new CheckpointException(
                    "Checkpoint " + target + " cannot be deleted: " + CheckpointException.reason(e), e);
        }
    }

    private Path hidden(String name, String state) {
        return root.resolve("." + name + state);
    }

    private Path resolve(String name) {
        if (!isPlain(name)) {
            throw new CheckpointException(
                    "\"" + name + "\" is not a checkpoint name: a plain directory name below " + root + " is needed");
        }
        return root.resolve(name).normalize();
    }

    private boolean isPlain(String name) {
        try {
            return !name.isEmpty()
                    && !name.startsWith(".")
                    && root.equals(root.resolve(name).normalize().getParent());
        } catch (InvalidPathException e) {
            return false;
        }
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
