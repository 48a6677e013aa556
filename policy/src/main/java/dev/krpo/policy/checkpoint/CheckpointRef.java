package dev.krpo.policy.checkpoint;

/**
 * Where a checkpoint is and what its weights hash to.
 *
 * @param uri relative to the store's root
 * @param sha256 of model.safetensors, lower-case hexadecimal
 * @param sizeBytes of model.safetensors
 */
public record CheckpointRef(String uri, String sha256, long sizeBytes) {}
