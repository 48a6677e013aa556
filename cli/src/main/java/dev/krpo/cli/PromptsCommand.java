package dev.krpo.cli;

import dev.krpo.cli.config.ConfigOptions;
import dev.krpo.cli.config.KafkaTimeouts;
import dev.krpo.cli.prompts.ChatOptions;
import dev.krpo.cli.prompts.ModelCheck;
import dev.krpo.cli.prompts.PromptFormatOptions;
import dev.krpo.runtime.prompts.PromptFile;
import dev.krpo.runtime.prompts.PromptFormat;
import dev.krpo.runtime.prompts.PromptLoader;
import dev.krpo.runtime.text.Plural;
import dev.krpo.schemas.Prompt;
import dev.krpo.settings.Config;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code krpo prompts}: manages the prompts that a policy learns from. */
@Command(
        name = "prompts",
        mixinStandardHelpOptions = true,
        description = "Load the prompts that the policy learns from.",
        footer = {"", "Example: krpo prompts load train.jsonl --config cluster.yaml"})
final class PromptsCommand {

    private static final int PROBLEMS_SHOWN = 20;

    @Spec
    private CommandSpec spec;

    @Command(
            name = "load",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = {
                "Load the prompts of a JSONL file into the prompts topic.",
                "Each line is a JSON object, such as",
                "  {\"question\":\"12+34=\",\"answer\":\"46\",\"num_terms\":2,\"num_digits\":2}",
                "All other fields become attributes of the prompt. The id is derived from the content, so"
                        + " loading a file again changes nothing. Each bad line is reported as file:line:"
                        + " reason; nothing is then loaded and the exit code is 2, unless --skip-bad is given."
            },
            footer = {
                "",
                "Examples: krpo prompts load gsm8k.jsonl --dataset gsm8k --template 'Q: {question} A: ' --config"
                        + " cluster.yaml",
                "          krpo prompts load gsm8k.jsonl --dataset gsm8k --chat --config cluster.yaml"
            })
    int load(
            @Parameters(paramLabel = "FILE", description = "The JSONL file.") Path file,
            @Mixin PromptFormatOptions format,
            @Mixin ChatOptions chat,
            @Option(
                            names = "--id-field",
                            paramLabel = "NAME",
                            description = "Field with a unique id (default: a hash of dataset, text and answer).")
                    String idField,
            @Option(
                            names = "--dataset",
                            paramLabel = "NAME",
                            defaultValue = "default",
                            description = "Dataset of the prompts; they share the prior of the Kalman filter"
                                    + " (default: ${DEFAULT-VALUE}).")
                    String dataset,
            @Option(
                            names = "--model",
                            paramLabel = "DIR",
                            description = "Check the prompts against the tokenizer and context length of this"
                                    + " Hugging Face model, leaving room for scheduler.maxNewTokens (default:"
                                    + " policy.baseModel, if set and present on this machine).")
                    Path model,
            @Option(names = "--skip-bad", description = "Load the valid lines and skip the bad ones.") boolean skipBad,
            @Mixin ConfigOptions options)
            throws InterruptedException {
        chat.check();
        Config config = options.resolve(KafkaTimeouts.OWN);
        Optional<ModelCheck> known = ModelCheck.of(model, config);
        PromptFormat lines = format.format(idField, dataset).rendered(chat.rendering(known.map(ModelCheck::tokenizer)));
        Consumer<Prompt> check = known.<Consumer<Prompt>>map(one -> one).orElse(prompt -> {});
        PromptFile read = PromptFile.read(file, lines, check);
        report(read);
        if (!read.problems().isEmpty() && !skipBad) {
            fail(Plural.of(read.problems().size(), "bad line")
                    + ", nothing was loaded; correct the file or add --skip-bad");
            return Krpo.USAGE;
        }
        if (read.prompts().isEmpty()) {
            fail(file + " contains no prompts; expected one JSON object per line");
            return Krpo.USAGE;
        }
        PromptLoader.load(config, read.prompts());
        PrintWriter out = spec.commandLine().getOut();
        out.print(Plural.of(read.prompts().size(), "prompt") + " loaded into dataset " + dataset);
        if (read.repeated() > 0) {
            out.print(", " + Plural.of(read.repeated(), "repeated line"));
        }
        if (!read.problems().isEmpty()) {
            out.print(", " + Plural.of(read.problems().size(), "bad line") + " skipped");
        }
        out.println();
        return Krpo.OK;
    }

    private void report(PromptFile read) {
        PrintWriter err = spec.commandLine().getErr();
        read.problems().stream().limit(PROBLEMS_SHOWN).forEach(err::println);
        if (read.problems().size() > PROBLEMS_SHOWN) {
            err.println("... and " + Plural.of(read.problems().size() - PROBLEMS_SHOWN, "more bad line"));
        }
    }

    private void fail(String message) {
        spec.commandLine().getErr().println("krpo: " + message);
    }
}
