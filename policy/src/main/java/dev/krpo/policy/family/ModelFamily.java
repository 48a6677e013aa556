package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.krpo.settings.Named;

/** Maps the {@code config.json} of one Hugging Face {@code model_type} to a decoder. Loaded as a Java service. */
public interface ModelFamily extends Named {

    /** The {@code model_type}, such as {@code llama}. */
    @Override
    String name();

    /**
     * The decoder that a configuration describes.
     *
     * @throws IllegalArgumentException if a field is missing, or requests a feature that the decoder does not support,
     *     naming it
     */
    ModelConfig read(ConfigJson json);

    /** Writes the fields that {@link #read} reads, and the additional ones that transformers needs. */
    void write(ModelConfig config, ObjectNode json);
}
