package dev.krpo.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/** {@code tools/bench/training.py} as a child process, run by the Python that {@code KRPO_PYTHON} names. */
final class TransformersPeer implements AutoCloseable {

    private final Process process;
    private final BufferedReader answers;
    private final PrintWriter requests;

    record Answer(double tokensPerSecond, long peakBytes) {}

    /** @param config a Hugging Face {@code config.json} */
    TransformersPeer(Path config, int batch, int prompt, int completion) throws IOException {
        process = new ProcessBuilder(
                        Optional.ofNullable(System.getenv("KRPO_PYTHON")).orElse("python3"),
                        config.resolveSibling("training.py").toString(),
                        config.toString(),
                        String.valueOf(batch),
                        String.valueOf(prompt),
                        String.valueOf(completion))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        answers = process.inputReader(StandardCharsets.UTF_8);
        requests = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    }

    /** @throws IOException if the process has ended; it needs torch and transformers */
    Answer steps(int steps) throws IOException {
        requests.println(steps);
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("tools/bench/training.py has ended; set KRPO_PYTHON to a Python that has torch and"
                    + " transformers");
        }
        String[] fields = line.split(" ");
        return new Answer(Double.parseDouble(fields[0]), Long.parseLong(fields[1]));
    }

    @Override
    public void close() {
        process.destroy();
    }
}
