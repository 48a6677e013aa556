package dev.krpo.policy.checkpoint;

import java.nio.file.Path;
import java.util.List;

/** Keeps checkpoints, each a Hugging Face directory. */
public interface CheckpointStore {

    /** Durable and complete when it returns; replaces what has the name. */
    CheckpointRef write(String name, CheckpointContents contents);

    /**
     * @return a local directory with config.json, model.safetensors and tokenizer.json
     * @throws CheckpointException if it is missing or the weights' hash differs
     */
    Path open(String uri, String sha256);

    /** Names of all complete checkpoints, sorted. */
    List<String> names();

    void delete(String name);
}
