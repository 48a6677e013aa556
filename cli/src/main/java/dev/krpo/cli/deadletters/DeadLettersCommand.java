package dev.krpo.cli.deadletters;

import dev.krpo.cli.config.ConfigOptions;
import dev.krpo.cli.config.UsageException;
import dev.krpo.schemas.DeadLetter;
import dev.krpo.schemas.kafka.BrokerConnection;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.schemas.settings.KafkaSettings;
import dev.krpo.schemas.settings.TopicSettings;
import dev.krpo.schemas.topic.TopicCatalogue;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code krpo dead-letters}: what could not be used, and giving it a second chance. */
@Command(
        name = "dead-letters",
        mixinStandardHelpOptions = true,
        description = {
            "Look at the records that could not be used, and drive them again.",
            "A letter keeps the refused bytes and the reason; its name is PARTITION@OFFSET in the dead-letters topic."
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
            description = "The newest letters, a line each, and how many there are of each reason.",
            footer = {"", "Example: krpo dead-letters list -n 5 --reason unknown-prompt --config cluster.yaml"})
    int list(
            @Option(
                            names = "-n",
                            paramLabel = "N",
                            defaultValue = "20",
                            description = "How many to show (default: ${DEFAULT-VALUE}).")
                    int count,
            @Option(names = "--reason", paramLabel = "REASON", description = "Only those with this reason.")
                    String reason,
            @Mixin ConfigOptions options) {
        if (count < 1) {
            throw new UsageException("-n is " + count + "; at least 1 is needed");
        }
        List<StoredLetter> letters = read(options.resolve().values()).stream()
                .filter(stored -> reason == null || stored.letter().getReason().equals(reason))
                .toList();
        for (StoredLetter stored : letters.subList(Math.max(0, letters.size() - count), letters.size())) {
            DeadLetter letter = stored.letter();
            print(
                    "%-8s %s %s refused by the %s: %s: %s",
                    stored.name(),
                    time(letter),
                    stored.source(),
                    letter.getComponent(),
                    letter.getReason(),
                    letter.getDetail());
        }
        Map<String, Long> reasons = new TreeMap<>();
        letters.forEach(stored -> reasons.merge(stored.letter().getReason(), 1L, Long::sum));
        print("%d letters%s", letters.size(), reasons.isEmpty() ? "" : ": " + reasons);
        return 0;
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "One letter, with the record it holds.",
            footer = {"", "Example: krpo dead-letters show 0@12 --config cluster.yaml"})
    int show(
            @Parameters(paramLabel = "PARTITION@OFFSET", description = "The letter.") String name,
            @Mixin ConfigOptions options) {
        Map<String, String> config = options.resolve().values();
        TopicCatalogue topics = topics(config);
        StoredLetter stored = named(read(config), name);
        DeadLetter letter = stored.letter();
        print("letter     %s", stored.name());
        print("source     %s", stored.source());
        print("refused    %s by the %s", time(letter), letter.getComponent());
        print("reason     %s", letter.getReason());
        print("detail     %s", letter.getDetail());
        print("key        %s", letter.getKey() == null ? "none" : text(letter.getKey()));
        print("value      %s", stored.content(topics).orElseGet(() -> hex(letter.getValue())));
        return 0;
    }

    @Command(
            name = "redrive",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = {
                "Write refused records to the topic they came from again, byte for byte.",
                "Mend the cause first, or they come back as new letters. Driving a record twice does no harm: repeats are known by"
                        + " their rolloutId. The letters stay where they are."
            },
            footer = {
                "",
                "Examples: krpo dead-letters redrive --reason unknown-prompt --dry-run --config cluster.yaml",
                "          krpo dead-letters redrive 0@12 0@13 --config cluster.yaml"
            })
    int redrive(
            @Parameters(paramLabel = "PARTITION@OFFSET", arity = "0..*", description = "Letters by name.")
                    List<String> names,
            @Option(names = "--reason", paramLabel = "REASON", description = "All letters with this reason.")
                    String reason,
            @Option(names = "--all", description = "All letters.") boolean all,
            @Option(names = "--dry-run", description = "Say what would be written, and write nothing.") boolean dryRun,
            @Mixin ConfigOptions options)
            throws InterruptedException, ExecutionException {
        List<String> chosen = names == null ? List.of() : names;
        if ((chosen.isEmpty() ? 0 : 1) + (reason == null ? 0 : 1) + (all ? 1 : 0) != 1) {
            throw new UsageException(
                    "say which letters: PARTITION@OFFSET, --reason REASON or --all, and one of them only");
        }
        Map<String, String> config = options.resolve().values();
        TopicCatalogue topics = topics(config);
        List<StoredLetter> letters = read(config);
        List<StoredLetter> driven = chosen.isEmpty()
                ? letters.stream()
                        .filter(stored -> all || stored.letter().getReason().equals(reason))
                        .toList()
                : chosen.stream().map(name -> named(letters, name)).toList();
        List<StoredLetter> possible = new ArrayList<>();
        for (StoredLetter stored : driven) {
            if (stored.topic(topics).isEmpty()) {
                print(
                        "%s stays: %s is no topic of this run",
                        stored.name(), stored.letter().getSourceTopic());
            } else if (stored.letter().getValue() == null) {
                print("%s stays: it holds no bytes; copy the record from %s yourself", stored.name(), stored.source());
            } else {
                possible.add(stored);
            }
        }
        if (!dryRun) {
            write(new KafkaSettings(config), possible);
        }
        print("%d of %d letters %s", possible.size(), driven.size(), dryRun ? "would be driven again" : "driven again");
        return 0;
    }

    private static void write(KafkaSettings kafka, List<StoredLetter> letters)
            throws InterruptedException, ExecutionException {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                kafka.client(Map.of("acks", "all", "max.request.size", RecordLimits.MAX_BYTES)),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (StoredLetter stored : letters) {
                DeadLetter letter = stored.letter();
                sent.add(producer.send(new ProducerRecord<>(
                        letter.getSourceTopic(),
                        letter.getKey() == null ? null : StoredLetter.bytes(letter.getKey()),
                        StoredLetter.bytes(letter.getValue()))));
            }
            producer.flush();
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        }
    }

    private static List<StoredLetter> read(Map<String, String> config) {
        try (Admin admin = BrokerConnection.await(new KafkaSettings(config))) {
            topics(config).check(admin);
        }
        return StoredLetter.all(config);
    }

    private static TopicCatalogue topics(Map<String, String> config) {
        return new TopicCatalogue(new TopicSettings(config));
    }

    private static StoredLetter named(List<StoredLetter> letters, String name) {
        return letters.stream()
                .filter(stored -> stored.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new UsageException(
                        "there is no letter " + name + "; `krpo dead-letters list` shows their names, such as 0@12"));
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
