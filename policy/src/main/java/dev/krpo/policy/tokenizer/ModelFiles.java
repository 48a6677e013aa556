package dev.krpo.policy.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The files of a Hugging Face directory that its tokenizer and chat templates consist of. */
final class ModelFiles {

    static final String TOKENIZER = "tokenizer.json";
    static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    static final String GENERATION_CONFIG = "generation_config.json";
    private static final String CONFIG = "config.json";
    private static final String TEMPLATES = "chat_templates";

    private static final List<String> NAMES = List.of(
            TOKENIZER,
            TOKENIZER_CONFIG,
            "special_tokens_map.json",
            "added_tokens.json",
            GENERATION_CONFIG,
            "chat_template.jinja",
            "chat_template.json",
            "vocab.json",
            "merges.txt",
            "tokenizer.model");

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path directory;
    private final Map<String, byte[]> contents;
    private final JsonNode config;

    private ModelFiles(Path directory, Map<String, byte[]> contents, JsonNode config) {
        this.directory = directory;
        this.contents = contents;
        this.config = config;
    }

    static ModelFiles read(Path directory) throws IOException {
        Map<String, byte[]> contents = new LinkedHashMap<>();
        for (String name : NAMES) {
            Path file = directory.resolve(name);
            if (Files.exists(file)) {
                contents.put(name, Files.readAllBytes(file));
            }
        }
        for (Path template : templates(directory.resolve(TEMPLATES))) {
            contents.put(TEMPLATES + "/" + template.getFileName(), Files.readAllBytes(template));
        }
        Path config = directory.resolve(CONFIG);
        JsonNode read = Files.exists(config) ? JSON.readTree(config.toFile()) : MissingNode.getInstance();
        return new ModelFiles(directory, Collections.unmodifiableMap(contents), read);
    }

    private static List<Path> templates(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return new ArrayList<>(files.filter(file -> file.toString().endsWith(".jinja"))
                    .sorted()
                    .toList());
        }
    }

    /** The parsed content of a file; a missing node if there is no such file. */
    JsonNode json(String name) throws IOException {
        byte[] bytes = contents.get(name);
        if (bytes == null) {
            return MissingNode.getInstance();
        }
        try {
            return JSON.readTree(bytes);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(path(name) + " is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    Path path(String name) {
        return directory.resolve(name);
    }

    /** The model's {@code config.json}, which is not a file of the tokenizer; a missing node if there is none. */
    JsonNode config() {
        return config;
    }

    Map<String, byte[]> contents() {
        return contents;
    }

    /** Independent of the directory. */
    @Override
    public boolean equals(Object other) {
        return other instanceof ModelFiles files
                && ids(files).equals(ids(this))
                && files.contents.keySet().equals(contents.keySet())
                && contents.entrySet().stream()
                        .allMatch(file -> Arrays.equals(file.getValue(), files.contents.get(file.getKey())));
    }

    /** The fields of config.json that a tokenizer depends on. */
    private static List<JsonNode> ids(ModelFiles files) {
        return Stream.of("vocab_size", "bos_token_id", "eos_token_id", "pad_token_id")
                .map(files.config::path)
                .toList();
    }

    @Override
    public int hashCode() {
        return contents.keySet().hashCode();
    }
}
