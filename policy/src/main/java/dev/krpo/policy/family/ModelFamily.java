package dev.krpo.policy.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** One {@code model_type} of Hugging Face: which decoder its {@code config.json} describes. A service. */
public interface ModelFamily {

    /** The {@code model_type}, such as {@code llama}. */
    String name();

    /**
     * The decoder that a configuration describes.
     *
     * @throws IllegalArgumentException if a field is missing, or asks for something that the decoder does not compute,
     *     naming it
     */
    ModelConfig read(JsonNode configJson);

    /** Writes the fields that {@link #read} reads and those that transformers needs beside them. */
    void write(ModelConfig config, ObjectNode configJson);
}
