package dev.krpo.cli;

import dev.krpo.cli.config.ConfigOptions;
import dev.krpo.cli.data.PromptFile;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.kafka.BrokerConnection;
import dev.krpo.schemas.settings.KafkaSettings;
import dev.krpo.schemas.settings.TopicSettings;
import dev.krpo.schemas.topic.TopicCatalogue;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code krpo prompts load}. */
@Command(name = "prompts", mixinStandardHelpOptions = true, description = "Loads prompts.")
final class PromptsCommand {

    @Command(
            name = "load",
            mixinStandardHelpOptions = true,
            description =
                    "Loads a JSONL file into the prompts topic. A file with a bad line is refused as a whole; loading it again changes nothing.",
            footer = {
                "",
                "A line:  {\"question\": \"12+34=\", \"answer\": \"46\", \"num_terms\": 2, \"num_digits\": 2}",
                "Example: krpo prompts load train.jsonl --dataset arithmetic --bootstrap-servers broker:9092"
            })
    int load(
            @Mixin ConfigOptions options,
            @Parameters(paramLabel = "FILE", description = "JSONL file") Path file,
            @Option(names = "--question-field", defaultValue = "question", paramLabel = "NAME") String questionField,
            @Option(names = "--answer-field", defaultValue = "answer", paramLabel = "NAME") String answerField,
            @Option(
                            names = "--dataset",
                            defaultValue = "default",
                            paramLabel = "NAME",
                            description = "prompts of one dataset share the filter's prior")
                    String dataset)
            throws InterruptedException {
        Map<String, String> config = options.load();
        List<Prompt> prompts = PromptFile.read(file, questionField, answerField, dataset);
        try (Admin admin = BrokerConnection.await(new KafkaSettings(config))) {
            new TopicCatalogue(new TopicSettings(config)).check(admin);
        }
        PromptLoader.load(config, prompts);
        System.out.println("loaded " + prompts.size() + " prompts of dataset " + dataset);
        return 0;
    }
}
