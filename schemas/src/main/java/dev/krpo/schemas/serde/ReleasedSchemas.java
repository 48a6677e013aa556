package dev.krpo.schemas.serde;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;

/**
 * Every schema that a release has written, so that old logs stay readable without a registry. The files are resources
 * next to this class and are listed in {@code index.txt}, because a jar cannot be listed portably.
 */
final class ReleasedSchemas {

    static final String FOLDER = "/dev/krpo/schemas/released/";

    private ReleasedSchemas() {}

    static List<String> fileNames() {
        return text("index.txt").lines().filter(line -> !line.isBlank()).toList();
    }

    static List<Schema> all() {
        List<Schema> schemas = new ArrayList<>();
        for (String name : fileNames()) {
            schemas.add(new Schema.Parser().parse(text(name)));
        }
        return schemas;
    }

    static Map<Long, Schema> byFingerprint() {
        Map<Long, Schema> schemas = new HashMap<>();
        all().forEach(schema -> schemas.put(RecordSerde.fingerprint(schema), schema));
        return Map.copyOf(schemas);
    }

    private static String text(String name) {
        try (InputStream stream = ReleasedSchemas.class.getResourceAsStream(FOLDER + name)) {
            if (stream == null) {
                throw new IllegalStateException("released schema " + name + " is not on the classpath");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("released schema " + name, e);
        }
    }
}
