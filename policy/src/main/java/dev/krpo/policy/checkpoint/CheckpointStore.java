package dev.krpo.policy.checkpoint;

import java.nio.file.Path;
import java.util.List;

/**
 * Keeps policy versions as Hugging Face directories. Nothing that was written is ever changed or replaced, only
 * deleted.
 */
public interface CheckpointStore {

    /** Makes the place where checkpoints go, if it is absent. Only who writes the first one may. */
    void create();

    /**
     * Reserves the place for one writer, for good; from then on {@link #write} works only where the reservation can be
     * seen, and not, say, below an empty mount point.
     *
     * @param owner in words; the same after each restart
     * @throws CheckpointException if the place is missing, or is another owner's, naming it and the remedy
     */
    void claim(String owner);

    /**
     * Writes a checkpoint durably: it is either whole or absent, also after a crash.
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

    /** Whether there is a checkpoint of this name; false also when the whole store cannot be seen. */
    boolean has(String name);

    /** The checkpoints' names, sorted. */
    List<String> names();

    /** Names whose writing or deleting was interrupted, sorted; {@link #delete} removes what is left of them. */
    List<String> unfinished();

    /** Deletes a checkpoint, whole or unfinished; nothing happens if there is none of this name. */
    void delete(String name);
}
