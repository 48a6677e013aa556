package dev.krpo.worker.reward;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;

/** A jar as a user would build it: classes compiled from source, and the services file that names them. */
final class RewardJar {

    private final Path file;
    private final Map<String, byte[]> entries = new LinkedHashMap<>();

    private RewardJar(Path file) {
        this.file = file;
    }

    /** @param services the lines of the services file */
    static RewardJar named(Path file, String... services) {
        RewardJar jar = new RewardJar(file);
        jar.entries.put(
                "META-INF/services/" + Reward.class.getName(),
                String.join("\n", services).getBytes(StandardCharsets.UTF_8));
        return jar;
    }

    /** @param body members of a class that implements Reward, such as its constructors and its score */
    RewardJar with(String modifiers, String type, String body) {
        try {
            Path folder = Files.createTempDirectory(file.getParent(), "classes");
            Path source = Files.writeString(
                    folder.resolve(type + ".java"),
                    "import dev.krpo.worker.reward.*;\n" + modifiers + " class " + type + " implements Reward {\n"
                            + body
                            + "\npublic Score score(RewardInput input) { return Score.of(\"length\","
                            + " input.completion().length()); }\n}\n");
            List<String> arguments = new ArrayList<>(
                    List.of("-cp", System.getProperty("java.class.path"), "-d", folder.toString(), source.toString()));
            if (ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new)) != 0) {
                throw new IllegalStateException("does not compile: " + Files.readString(source));
            }
            entries.put(type + ".class", Files.readAllBytes(folder.resolve(type + ".class")));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path write() {
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(file))) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                jar.putNextEntry(new JarEntry(entry.getKey()));
                jar.write(entry.getValue());
                jar.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }
}
