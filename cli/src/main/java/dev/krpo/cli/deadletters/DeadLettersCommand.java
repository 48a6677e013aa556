package dev.krpo.cli.deadletters;

import dev.krpo.cli.run.OpenRun;
import dev.krpo.cli.run.RunOptions;
import dev.krpo.runtime.cluster.Cluster;
import dev.krpo.runtime.deadletters.LetterList;
import dev.krpo.runtime.deadletters.Redriving;
import dev.krpo.runtime.deadletters.StoredLetter;
import dev.krpo.runtime.text.Plural;
import dev.krpo.runtime.text.Tally;
import dev.krpo.runtime.topic.TopicCatalogue;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.settings.Config;
import dev.krpo.settings.UsageException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code krpo dead-letters}: lists, shows and redrives rejected records. */
@Command(
        name = "dead-letters",
        mixinStandardHelpOptions = true,
        description = {
            "List, show and redrive rejected records.",
            "A dead letter keeps the rejected bytes and the reason; it is named PARTITION@OFFSET after its"
                    + " place in the dead-letters topic."
        },
        footer = {
            "",
            "Examples: krpo dead-letters list --config cluster.yaml",
            "          krpo dead-letters show 0@12 --config cluster.yaml",
            "          krpo dead-letters redrive --reason unknown-prompt --config cluster.yaml"
        })
public final class DeadLettersCommand {

    private static final int HEX_BYTES = 64;

    @Spec
    private CommandSpec spec;

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = "List the newest dead letters, one per line, and the number of letters per reason.",
            footer = {"", "Example: krpo dead-letters list -n 5 --reason unknown-prompt --config cluster.yaml"})
    int list(
            @Option(
                            names = "-n",
                            paramLabel = "N",
                            defaultValue = "20",
                            description = "Number of letters to show (default: ${DEFAULT-VALUE}).")
                    int count,
            @Option(names = "--reason", paramLabel = "REASON", description = "Only letters with this reason.")
                    String reason,
            @Mixin RunOptions options) {
        if (count < 1) {
            throw new UsageException("-n is " + count + "; at least 1 is needed");
        }
        try (OpenRun run = options.open()) {
            list(run.config(), count, reason);
        }
        return 0;
    }

    private void list(Config config, int count, String reason) {
        Cluster.of(config).checkExistence();
        LetterList list = new LetterList(count, DeadLettersCommand::line);
        StoredLetter.forEach(config, stored -> {
            if (reason == null || stored.letter().getReason().equals(reason)) {
                list.add(stored);
            }
        });
        list.lines().forEach(line -> print("%s", line));
        print(
                "%s%s",
                Plural.of(list.letters(), "letter"), list.reasons().isEmpty() ? "" : ": " + Tally.of(list.reasons()));
    }

    private static String line(StoredLetter stored) {
        DeadLetter letter = stored.letter();
        return String.format(
                Locale.ROOT,
                "%-8s %s %s rejected by the %s: %s: %s",
                stored.name(),
                time(letter),
                stored.source(),
                letter.getComponent(),
                letter.getReason(),
                letter.getDetail());
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Show one dead letter with the record it holds.",
            footer = {"", "Example: krpo dead-letters show 0@12 --config cluster.yaml"})
    int show(
            @Parameters(paramLabel = "PARTITION@OFFSET", description = "The letter's name.") String name,
            @Mixin RunOptions options) {
        try (OpenRun run = options.open()) {
            show(run.config(), name);
        }
        return 0;
    }

    private void show(Config config, String name) {
        TopicCatalogue topics = topics(config);
        Cluster.of(config).checkExistence();
        StoredLetter stored = named(config, name);
        DeadLetter letter = stored.letter();
        print("letter     %s", stored.name());
        print("source     %s", stored.source());
        print("rejected   %s by the %s", time(letter), letter.getComponent());
        print("reason     %s", letter.getReason());
        print("detail     %s", letter.getDetail());
        print("key        %s", letter.getKey() == null ? "none" : text(letter.getKey()));
        print("value      %s", stored.content(topics).orElseGet(() -> hex(letter.getValue())));
    }

    @Command(
            name = "redrive",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = {
                "Write rejected rollouts and tasks back to their topics.",
                "A record from rollouts or rollout-tasks goes back to its topic, byte for byte; for one from"
                        + " advantages, the rollout inside it goes back to rollouts. Letters from other topics"
                        + " are kept: a version or step must not be announced twice. Fix the cause"
                        + " first, or the records will be rejected again.",
                "Redriving is idempotent: the topology and the trainer drop any rolloutId that they remember,"
                        + " including that of a rollout from advantages as long as it is among the newest"
                        + " streams.deduplicationIds of its prompt, and a redriven task produces the"
                        + " same rolloutIds. The letters themselves remain in dead-letters.",
                "Letters that cannot be redriven are listed. The exit code is 2 if one of them was requested by"
                        + " name, else 0."
            },
            footer = {
                "",
                "Examples: krpo dead-letters redrive --reason unknown-prompt --dry-run --config cluster.yaml",
                "          krpo dead-letters redrive 0@12 0@13 --config cluster.yaml"
            })
    int redrive(
            @Parameters(paramLabel = "PARTITION@OFFSET", arity = "0..*", description = "Names of the letters.")
                    List<String> names,
            @Option(names = "--reason", paramLabel = "REASON", description = "All letters with this reason.")
                    String reason,
            @Option(names = "--all", description = "All letters.") boolean all,
            @Option(names = "--dry-run", description = "Print what would be written without writing" + " it.")
                    boolean dryRun,
            @Mixin RunOptions options) {
        List<String> chosen = names == null ? List.of() : names;
        if ((chosen.isEmpty() ? 0 : 1) + (reason == null ? 0 : 1) + (all ? 1 : 0) != 1) {
            throw new UsageException(
                    "select the letters with exactly one of PARTITION@OFFSET, --reason REASON and --all");
        }
        try (OpenRun run = options.open()) {
            return redrive(run.config(), chosen, reason, all, dryRun);
        }
    }

    private int redrive(Config config, List<String> chosen, String reason, boolean all, boolean dryRun) {
        Cluster.of(config).checkExistence();
        // Fail before anything is written.
        chosen.forEach(name -> named(config, name));
        try (Redriving redriving = new Redriving(Cluster.of(config), dryRun, line -> print("%s", line))) {
            if (chosen.isEmpty()) {
                StoredLetter.forEach(config, stored -> {
                    if (all || stored.letter().getReason().equals(reason)) {
                        redriving.drive(stored);
                    }
                });
            } else {
                chosen.forEach(name -> redriving.drive(named(config, name)));
            }
            redriving.finish();
            print(
                    "%d of %s %s",
                    redriving.driven(),
                    Plural.of(redriving.chosen(), "letter"),
                    dryRun ? "would be redriven" : "redriven");
            return chosen.isEmpty() || redriving.driven() == redriving.chosen() ? 0 : 2;
        }
    }

    private static TopicCatalogue topics(Config config) {
        return new TopicCatalogue(config);
    }

    private static StoredLetter named(Config config, String name) {
        return StoredLetter.named(config, name)
                .orElseThrow(() -> new UsageException(
                        "no such letter: " + name + "; `krpo dead-letters list` shows their names, such as 0@12"));
    }

    private static String text(ByteBuffer bytes) {
        return new String(StoredLetter.bytes(bytes), StandardCharsets.UTF_8);
    }

    private static String hex(ByteBuffer value) {
        if (value == null) {
            return "not kept";
        }
        byte[] bytes = StoredLetter.bytes(value);
        String shown = HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, HEX_BYTES));
        return bytes.length + " bytes that cannot be read: " + shown + (bytes.length > HEX_BYTES ? "..." : "");
    }

    private static String time(DeadLetter letter) {
        return Instant.ofEpochMilli(letter.getRefusedAtMs())
                .truncatedTo(ChronoUnit.SECONDS)
                .toString();
    }

    private void print(String format, Object... values) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(Locale.ROOT, format + "%n", values);
        out.flush();
    }
}
