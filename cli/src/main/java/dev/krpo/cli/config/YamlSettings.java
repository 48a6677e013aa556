package dev.krpo.cli.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.krpo.cli.text.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Reads a YAML file into flat settings: nested keys are joined with dots, lists of values with commas. */
public final class YamlSettings {

    private final Path file;
    private final JsonParser parser;
    private final Map<String, Setting> settings = new LinkedHashMap<>();

    private YamlSettings(Path file, JsonParser parser) {
        this.file = file;
        this.parser = parser;
    }

    /**
     * @return the settings with the line each stands on, in the order of the file
     * @throws UsageException naming file and line if it cannot be read, is not YAML, or says something twice
     */
    public static Map<String, Setting> read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new UsageException("--config: there is no file " + file);
        }
        try (JsonParser parser = new YAMLFactory().createParser(file.toFile())) {
            YamlSettings reader = new YamlSettings(file, parser);
            reader.readDocument();
            return reader.settings;
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw new UsageException(file + ":" + line + ": not YAML: " + problem(e), e);
        } catch (IOException e) {
            throw new UsageException("--config: " + file + " cannot be read: " + Reason.of(e), e);
        }
    }

    /** The parser's sentences without its indented excerpts of the file. */
    private static String problem(JsonProcessingException e) {
        return e.getOriginalMessage()
                .lines()
                .filter(line -> !line.startsWith(" "))
                .collect(Collectors.joining(", "));
    }

    private void readDocument() throws IOException {
        JsonToken first = parser.nextToken();
        if (first == null || first == JsonToken.VALUE_NULL) {
            return;
        }
        if (first != JsonToken.START_OBJECT) {
            throw error("the file must hold `key: value` lines, not " + parser.getText());
        }
        readMapping("");
        if (parser.nextToken() != null) {
            throw error("a second YAML document; put all settings into one");
        }
    }

    private void readMapping(String prefix) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = prefix + parser.currentName();
            String source = here();
            JsonToken token = parser.nextToken();
            if (token == JsonToken.START_OBJECT) {
                readMapping(key + ".");
            } else {
                put(key, token == JsonToken.START_ARRAY ? readList(key) : scalar(key, token), source);
            }
        }
    }

    private String readList(String key) throws IOException {
        List<String> values = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            values.add(scalar(key, token));
        }
        return String.join(",", values);
    }

    private String scalar(String key, JsonToken token) throws IOException {
        if (token == JsonToken.VALUE_NULL) {
            throw error(key + " has no value; give one or remove the line");
        }
        if (!token.isScalarValue()) {
            throw error(key + " is a nested list; a plain value or a list of plain values is needed");
        }
        return parser.getText();
    }

    private void put(String key, String value, String source) {
        Setting before = settings.put(key, new Setting(value, source));
        if (before != null) {
            throw new UsageException(source + ": " + key + " is already set at " + before.source());
        }
    }

    private UsageException error(String reason) {
        return new UsageException(here() + ": " + reason);
    }

    private String here() {
        return file + ":" + parser.currentTokenLocation().getLineNr();
    }
}
