package dev.krpo.cli;

import dev.krpo.experiments.arithmetic.ArithmeticQuestions;
import dev.krpo.experiments.arithmetic.ArithmeticQuestions.Addition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code krpo data}: generates questions. */
@Command(
        name = "data",
        mixinStandardHelpOptions = true,
        description = "Generate questions to learn from.",
        footer = {"", "Example: krpo data arithmetic --train train.jsonl --held-out held-out.jsonl"})
final class DataCommand {

    @Spec
    private CommandSpec spec;

    @Command(
            name = "arithmetic",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = {
                "Write addition questions as JSONL: a training set and a held-out set.",
                "The same options always produce identical files. No training question adds the same numbers as"
                        + " a held-out one, in any order, and the held-out file does not depend on --count."
            },
            footer = {
                "",
                "Example: krpo data arithmetic --terms 2 --digits 2 --count 2000 --seed 7 --train train.jsonl"
                        + " --held-out held-out.jsonl"
            })
    int arithmetic(
            @Option(names = "--terms", defaultValue = "2", description = "Numbers to add (default: ${DEFAULT-VALUE}).")
                    int terms,
            @Option(
                            names = "--digits",
                            defaultValue = "2",
                            description = "Digits of each number (default: ${DEFAULT-VALUE}).")
                    int digits,
            @Option(
                            names = "--count",
                            defaultValue = "2000",
                            description = "Training questions (default: ${DEFAULT-VALUE}).")
                    int count,
            @Option(
                            names = "--held-out-count",
                            defaultValue = "500",
                            description = "Held-out questions (default: ${DEFAULT-VALUE}).")
                    int heldOutCount,
            @Option(names = "--seed", defaultValue = "7", description = "Seed (default: ${DEFAULT-VALUE}).") long seed,
            @Option(
                            names = "--train",
                            required = true,
                            paramLabel = "FILE",
                            description = "Output file for the training questions.")
                    Path train,
            @Option(
                            names = "--held-out",
                            required = true,
                            paramLabel = "FILE",
                            description = "Output file for the held-out questions.")
                    Path heldOut)
            throws IOException {
        ArithmeticQuestions questions = ArithmeticQuestions.generate(terms, digits, count, heldOutCount, seed);
        write(train, questions.train());
        write(heldOut, questions.heldOut());
        spec.commandLine()
                .getOut()
                .printf("%d questions to %s, %d held-out ones to %s%n", count, train, heldOutCount, heldOut);
        return Krpo.OK;
    }

    private static void write(Path file, List<Addition> questions) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        Files.createDirectories(folder);
        StringBuilder lines = new StringBuilder();
        questions.forEach(question -> lines.append(question.toJson()).append('\n'));
        Files.writeString(file, lines);
    }
}
