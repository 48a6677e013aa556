package dev.krpo.policy.checkpoint;

/**
 * The claim check of a checkpoint.
 *
 * @param uri location relative to the store's root
 * @param sha256 of {@code model.safetensors}, or of the index that has the hashes of several files; lower-case
 *     hexadecimal
 * @param sizeBytes of all these files
 */
public record CheckpointRef(String uri, String sha256, long sizeBytes) {}
