package dev.krpo.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.krpo.cli.data.ArithmeticData;
import dev.krpo.cli.data.ArithmeticQuestion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code krpo data arithmetic}. */
@Command(name = "data", mixinStandardHelpOptions = true, description = "Generates example data.")
final class DataCommand {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Command(
            name = "arithmetic",
            mixinStandardHelpOptions = true,
            description =
                    "Writes distinct addition questions to two JSONL files; the held-out ones are not in the training file.",
            footer = {
                "",
                "Example: krpo data arithmetic --terms 2 --digits 2 --train-count 2000 --held-out-count 500 --seed 1 \\",
                "           --train train.jsonl --held-out held-out.jsonl"
            })
    int arithmetic(
            @Option(names = "--terms", defaultValue = "2", description = "numbers added (${DEFAULT-VALUE})") int terms,
            @Option(names = "--digits", defaultValue = "2", description = "digits of each (${DEFAULT-VALUE})")
                    int digits,
            @Option(names = "--train-count", defaultValue = "2000", description = "${DEFAULT-VALUE}") int trainCount,
            @Option(names = "--held-out-count", defaultValue = "500", description = "${DEFAULT-VALUE}")
                    int heldOutCount,
            @Option(names = "--seed", defaultValue = "1", description = "${DEFAULT-VALUE}") long seed,
            @Option(names = "--train", required = true, paramLabel = "FILE") Path train,
            @Option(names = "--held-out", required = true, paramLabel = "FILE") Path heldOut)
            throws IOException {
        List<ArithmeticQuestion> all = ArithmeticData.generate(terms, digits, trainCount + heldOutCount, seed);
        write(train, all.subList(0, trainCount));
        write(heldOut, all.subList(trainCount, all.size()));
        System.out.println(
                "wrote " + trainCount + " questions to " + train + " and " + heldOutCount + " to " + heldOut);
        return 0;
    }

    private static void write(Path file, List<ArithmeticQuestion> questions) throws IOException {
        StringBuilder text = new StringBuilder();
        for (ArithmeticQuestion question : questions) {
            text.append(line(question)).append('\n');
        }
        Files.writeString(file, text);
    }

    private static String line(ArithmeticQuestion question) throws JsonProcessingException {
        return JSON.writeValueAsString(question);
    }
}
