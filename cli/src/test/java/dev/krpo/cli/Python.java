package dev.krpo.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** This machine's Python, which is optional: {@code KRPO_PYTHON}, or else {@code python3}. */
final class Python {

    private final String executable;

    private Python(String executable) {
        this.executable = executable;
    }

    /**
     * Result of a script.
     *
     * @param exitCode of the process
     * @param output standard output and error
     */
    record Result(int exitCode, String output) {}

    /** Skips the calling test with a message if no Python with these modules is available. */
    static Python with(String... modules) throws IOException, InterruptedException {
        Python python = new Python(System.getenv().getOrDefault("KRPO_PYTHON", "python3"));
        boolean found;
        try {
            found = python.run("-c", "import " + String.join(", ", modules)).exitCode() == 0;
        } catch (IOException e) {
            found = false;
        }
        assumeTrue(
                found,
                () -> python.executable + " is not a Python with " + String.join(" and ", modules)
                        + "; install them, or set KRPO_PYTHON to one that has them");
        return python;
    }

    Result run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(executable));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(Path.of("..").toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }
}
