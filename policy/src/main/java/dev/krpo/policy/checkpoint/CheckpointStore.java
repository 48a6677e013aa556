package dev.krpo.policy.checkpoint;

import java.nio.file.Path;
import java.util.List;

/**
 * Keeps policy versions as Hugging Face directories. Written checkpoints are never changed or replaced, only deleted.
 */
public interface CheckpointStore {

    /** The root: an absolute path, or a URI; {@code policy.checkpoints} accepts it. */
    String location();

    /** True if the store exists and is accessible. */
    boolean exists();

    /** Creates the store if it is absent. Only the writer of the first checkpoint may call this. */
    void create();

    /**
     * Permanently reserves the store for one writer. From then on, {@link #write} succeeds only where the reservation
     * is visible, and not, for example, below an empty mount point.
     *
     * @param owner human-readable; must be the same after each restart
     * @throws CheckpointException if the store is missing or belongs to another owner, naming it and the remedy
     */
    void claim(String owner);

    /**
     * Writes a checkpoint durably: it is either complete or absent, even after a crash.
     *
     * @param name a plain directory name that is not yet taken
     * @throws CheckpointException if it cannot be written, or the name is taken
     */
    CheckpointRef write(String name, CheckpointContents contents);

    /**
     * The local directory of a checkpoint, its weights checked against their hash.
     *
     * @param uri of its {@link CheckpointRef}
     * @param sha256 of its {@link CheckpointRef}
     * @throws CheckpointException if it is missing or has another hash, naming file, expected and actual
     */
    Path open(String uri, String sha256);

    /** True if a checkpoint of this name exists; false if not, or if the whole store is inaccessible. */
    boolean has(String name);

    /** The checkpoints' names, sorted. */
    List<String> names();

    /**
     * Sorted names of checkpoints whose writing or deletion was interrupted; {@link #delete} removes their leftovers.
     */
    List<String> unfinished();

    /** Deletes a checkpoint, complete or unfinished; does nothing if no checkpoint has this name. */
    void delete(String name);
}
