package dev.krpo.cli;

import dev.krpo.cli.config.ConfigOptions;
import dev.krpo.cli.config.KafkaTimeouts;
import dev.krpo.pipeline.settings.CrossChecks;
import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.text.Plural;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.runtime.topic.TopicRepair;
import dev.krpo.settings.Config;
import dev.krpo.streams.Changelogs;
import dev.krpo.streams.settings.StreamsSettings;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code krpo topics}: creates and checks the topics of a run. */
@Command(
        name = "topics",
        mixinStandardHelpOptions = true,
        description = "Create or check the topics of a run.",
        footer = {"", "Example: krpo topics create --bootstrap-servers localhost:9092 --set topics.prefix=demo"})
final class TopicsCommand {

    @Spec
    private CommandSpec spec;

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = {
                "Create missing topics and check all of them.",
                "Also sets up the workers' share group. Existing topics keep their records; settings that would"
                        + " make a run lose records are corrected, changelogs included, and each correction is"
                        + " printed. Safe to run again at any time."
            },
            footer = {"", "Example: krpo topics create --bootstrap-servers localhost:9092 --set topics.prefix=demo"})
    int create(@Mixin ConfigOptions options) {
        Config config = options.resolve(KafkaTimeouts.OWN);
        CrossChecks.ofGiven(config);
        Cluster cluster = Cluster.of(config);
        TopicCatalogue topics = cluster.topics();
        try (Admin admin = cluster.connect()) {
            List<String> created = topics.create(admin);
            List<TopicRepair.Change> changed = new ArrayList<>(topics.repair(admin));
            TopicRepair changelogs = Changelogs.repair(admin, new StreamsSettings(config).applicationId());
            changelogs.apply();
            changed.addAll(changelogs.changes());
            topics.check(admin);
            PrintWriter out = spec.commandLine().getOut();
            created.forEach(name -> out.println("created " + name));
            changed.forEach(change -> out.println("changed " + change));
            out.println(
                    created.isEmpty()
                            ? "all topics already exist"
                            : Plural.of(created.size(), "topic") + "" + " created");
        }
        return Krpo.OK;
    }

    @Command(
            name = "check",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = "Check that every topic exists with the right number of partitions.",
            footer = {"", "Example: krpo topics check --config cluster.yaml"})
    int check(@Mixin ConfigOptions options) {
        Config config = options.resolve(KafkaTimeouts.OWN);
        Cluster.of(config).check();
        spec.commandLine().getOut().println("all topics are ready");
        return Krpo.OK;
    }
}
