package dev.krpo.policy.checkpoint;

import java.nio.file.Path;
import java.util.List;

/** Keeps policy versions as Hugging Face directories. */
public interface CheckpointStore {

    /**
     * Writes a checkpoint durably: it is either whole or absent, also after a crash. One of the same name is replaced.
     *
     * @param name a plain directory name
     * @throws CheckpointException if it cannot be written
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

    /** The checkpoints' names, sorted. */
    List<String> names();

    /** Deletes a checkpoint; nothing happens if there is none of this name. */
    void delete(String name);
}
