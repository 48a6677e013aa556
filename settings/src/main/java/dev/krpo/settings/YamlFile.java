package dev.krpo.settings;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.krpo.settings.Config.Given;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Settings as YAML: nested keys are joined with dots, lists of values with commas. */
public final class YamlFile {

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9./][A-Za-z0-9_./,:+-]*");

    private final Path file;
    private final JsonParser parser;
    private final Map<String, Given> settings = new LinkedHashMap<>();

    private YamlFile(Path file, JsonParser parser) {
        this.file = file;
        this.parser = parser;
    }

    /**
     * @return the settings with their lines, in the order of the file
     * @throws InvalidSettingException naming file and line if the file cannot be read, is not YAML, or sets a key twice
     */
    public static Config read(Path file) {
        try (JsonParser parser = new YAMLFactory().createParser(file.toFile())) {
            YamlFile reader = new YamlFile(file, parser);
            reader.readDocument();
            return Config.of(reader.settings.entrySet().stream());
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw new InvalidSettingException(file + ":" + line + ": not YAML: " + problem(e), e);
        } catch (IOException e) {
            throw new InvalidSettingException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Writes YAML that {@link #read} can read: one line per setting, followed by its source.
     *
     * @param secret keys whose values are masked, such that {@link #read} rejects them
     */
    public static String write(Map<String, Given> settings, Predicate<String> secret) {
        StringBuilder yaml = new StringBuilder();
        settings.forEach((key, value) -> yaml.append(key)
                .append(": ")
                .append(secret.test(key) ? "********" : quoted(value.text()))
                .append("  # ")
                .append(value.source())
                .append('\n'));
        return yaml.toString();
    }

    private static String quoted(String value) {
        return PLAIN.matcher(value).matches() && !value.endsWith(":") && !value.equals("null")
                ? value
                : "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }

    /** The parser's message without its indented excerpts of the file. */
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
            throw error("the file must contain `key: value` lines, not " + parser.getText());
        }
        readMapping("");
        if (parser.nextToken() != null) {
            throw error("the file has a second YAML document; put all settings into one");
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
            throw error(key + " has no value; set one or remove the line");
        }
        if (!token.isScalarValue()) {
            throw error(key + " is a nested list; use a plain value or a list of plain values");
        }
        return parser.getText();
    }

    private void put(String key, String value, String source) {
        Given before = settings.put(key, new Given(value, source));
        if (before != null) {
            throw new InvalidSettingException(source + ": " + key + " is already set at " + before.source());
        }
    }

    private InvalidSettingException error(String reason) {
        return new InvalidSettingException(here() + ": " + reason);
    }

    private String here() {
        return file + ":" + parser.currentTokenLocation().getLineNr();
    }
}
