package dev.krpo.cli;

import dev.krpo.cli.config.ConfigOptions;
import dev.krpo.schemas.kafka.BrokerConnection;
import dev.krpo.schemas.settings.KafkaSettings;
import dev.krpo.schemas.settings.TopicSettings;
import dev.krpo.schemas.topic.TopicCatalogue;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code krpo topics create}. */
@Command(name = "topics", mixinStandardHelpOptions = true, description = "Creates or checks the topics of a run.")
final class TopicsCommand {

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = "Creates the topics that are missing; existing ones are left as they are and checked.",
            footer = {"", "Example: krpo topics create --bootstrap-servers broker:9092 --set topics.partitions=12"})
    int create(@Mixin ConfigOptions options) {
        Map<String, String> config = options.load();
        TopicCatalogue catalogue = new TopicCatalogue(new TopicSettings(config));
        try (Admin admin = BrokerConnection.await(new KafkaSettings(config))) {
            List<String> created = catalogue.create(admin);
            created.forEach(name -> System.out.println("created " + name));
            catalogue.check(admin);
            System.out.println(created.isEmpty() ? "all topics exist already" : "all topics are ready");
        }
        return 0;
    }

    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            description = "Says which topics are missing or have the wrong partition count.")
    int check(@Mixin ConfigOptions options) {
        Map<String, String> config = options.load();
        try (Admin admin = BrokerConnection.await(new KafkaSettings(config))) {
            new TopicCatalogue(new TopicSettings(config)).check(admin);
        }
        System.out.println("all topics are ready");
        return 0;
    }
}
