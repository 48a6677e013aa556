package dev.krpo.cli.config;

import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.settings.RolloutSettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.streams.EstimatorSettings;
import dev.krpo.streams.StreamsSettings;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.trainer.settings.TrainerSettings;
import dev.krpo.worker.WorkerSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;

/** Every setting of every role, and the document that lists them. */
public final class Settings {

    private static final String KAFKA = "kafka.";

    /** How Kafka writes a range: {@code [1,...,10]} or {@code [1,...]}. */
    private static final Pattern RANGE = Pattern.compile("\\[([^,]+),\\.\\.\\.(?:,([^,]+))?]");

    private static final Map<String, List<ConfigDef>> SECTIONS = sections();
    private static final Map<String, ConfigKey> KEYS = keysOf(SECTIONS);

    private static final String INTRODUCTION = """
            # Settings

            Written by `krpo settings`. Settings come from one YAML file (`--config FILE`), nested or with dots, and from
            `--set key=value`, which wins; `--bootstrap-servers` is short for `--set kafka.bootstrap.servers=`. One file
            serves every role: each takes what it needs. An unknown key is an error; `--print-config` shows what a command
            would use and where each value comes from.

            Everything under `kafka.` goes to the Kafka clients as it is, `kafka.security.protocol` for example; a key there
            that no client knows is reported as a warning, because interceptors and login modules have keys of their own.
            """;

    private Settings() {}

    /** The document of every setting, in Markdown. */
    public static String toMarkdown() {
        StringBuilder text = new StringBuilder(INTRODUCTION);
        SECTIONS.forEach((title, definitions) -> {
            text.append("\n## ").append(title).append("\n\n");
            text.append("| setting | type | default | values | what it does |\n|---|---|---|---|---|\n");
            for (ConfigDef definition : definitions) {
                definition.configKeys().values().forEach(key -> text.append(row(key)));
            }
        });
        return text.toString();
    }

    static Map<String, ConfigKey> keys() {
        return KEYS;
    }

    /** Whether the key is handed to the Kafka clients and not checked here. */
    static boolean isKafkaProperty(String key) {
        return key.startsWith(KAFKA) && !KEYS.containsKey(key);
    }

    static String kafkaProperty(String key) {
        return key.substring(KAFKA.length());
    }

    private static Map<String, List<ConfigDef>> sections() {
        Map<String, List<ConfigDef>> sections = new LinkedHashMap<>();
        sections.put("Cluster: every role", List.of(KafkaSettings.DEFINITION));
        sections.put("Topics: every role", List.of(TopicSettings.DEFINITION));
        sections.put("Policy: trainer, worker, eval", List.of(PolicySettings.DEFINITION));
        sections.put("Rollouts: streams, trainer", List.of(RolloutSettings.DEFINITION));
        sections.put("Topology: streams", List.of(StreamsSettings.DEFINITION));
        sections.put("Estimator: streams", List.of(EstimatorSettings.DEFINITION));
        sections.put("Worker: worker", List.of(WorkerSettings.DEFINITION));
        sections.put("Scheduler: trainer", List.of(SchedulerSettings.DEFINITION));
        sections.put("Trainer: trainer", List.of(TrainerSettings.DEFINITION));
        return sections;
    }

    private static Map<String, ConfigKey> keysOf(Map<String, List<ConfigDef>> sections) {
        Map<String, ConfigKey> keys = new TreeMap<>();
        sections.values()
                .forEach(definitions -> definitions.forEach(definition -> keys.putAll(definition.configKeys())));
        return keys;
    }

    private static String row(ConfigKey key) {
        String standard = key.hasDefault() && key.defaultValue != null
                ? "`" + ConfigDef.convertToString(key.defaultValue, key.type) + "`"
                : "";
        return "| `" + key.name + "` | " + key.type.name().toLowerCase(Locale.ROOT) + " | " + standard + " | "
                + cell(range(key)) + " | " + cell(key.documentation) + " |\n";
    }

    /** What the validator says about itself; one that is a plain function says nothing a reader could use. */
    private static String range(ConfigKey key) {
        if (key.validator == null || key.validator.getClass().isHidden()) {
            return "";
        }
        Matcher bounds = RANGE.matcher(key.validator.toString());
        if (!bounds.matches()) {
            return key.validator.toString();
        }
        return bounds.group(2) == null ? "at least " + bounds.group(1) : bounds.group(1) + " to " + bounds.group(2);
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("<", "&lt;");
    }
}
