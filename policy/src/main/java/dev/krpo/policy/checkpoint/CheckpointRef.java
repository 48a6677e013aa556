package dev.krpo.policy.checkpoint;

/**
 * The claim check of a checkpoint.
 *
 * @param uri location relative to the store's root
 * @param sha256 of {@code model.safetensors}, lower-case hexadecimal
 * @param sizeBytes of {@code model.safetensors}
 */
public record CheckpointRef(String uri, String sha256, long sizeBytes) {}
