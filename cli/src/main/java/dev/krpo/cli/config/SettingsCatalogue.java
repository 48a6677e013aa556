package dev.krpo.cli.config;

import dev.krpo.rollout.WorkerSettings;
import dev.krpo.schemas.settings.KafkaSettings;
import dev.krpo.schemas.settings.PolicySettings;
import dev.krpo.schemas.settings.TopicSettings;
import dev.krpo.streams.EstimatorSettings;
import dev.krpo.streams.StreamsSettings;
import dev.krpo.trainer.SchedulerSettings;
import dev.krpo.trainer.TrainerSettings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;

/** Every setting of every role. */
public final class SettingsCatalogue {

    private static final Map<String, ConfigDef> SECTIONS = new LinkedHashMap<>();

    static {
        SECTIONS.put("Cluster", KafkaSettings.DEFINITION);
        SECTIONS.put("Topics", TopicSettings.DEFINITION);
        SECTIONS.put("Policy", PolicySettings.DEFINITION);
        SECTIONS.put("Estimator", EstimatorSettings.DEFINITION);
        SECTIONS.put("Streams", StreamsSettings.DEFINITION);
        SECTIONS.put("Rollout worker", WorkerSettings.DEFINITION);
        SECTIONS.put("Scheduler", SchedulerSettings.DEFINITION);
        SECTIONS.put("Trainer", TrainerSettings.DEFINITION);
    }

    private SettingsCatalogue() {}

    public static List<String> names() {
        return keys().map(key -> key.name).toList();
    }

    /** The known name that takes the fewest edits to reach. */
    static String nearest(String unknown) {
        return names().stream()
                .min(Comparator.comparingInt(name -> distance(name, unknown)))
                .orElseThrow();
    }

    /** The tables of docs/settings.md. */
    public static String markdown() {
        StringBuilder text = new StringBuilder("# Settings\n\n"
                + "Made by `./krpo settings`. Set them in the file of `--config` or with `--set name=value`; any other Kafka client\n"
                + "property may stand under `kafka.`.\n");
        SECTIONS.forEach((title, definition) -> {
            text.append("\n## ").append(title).append("\n\n| name | default | meaning |\n|---|---|---|\n");
            definition.configKeys().values().forEach(key -> text.append("| `")
                    .append(key.name)
                    .append("` | ")
                    .append(shown(key.defaultValue))
                    .append(" | ")
                    .append(key.documentation)
                    .append(" |\n"));
        });
        return text.toString();
    }

    /** Defaults overlaid with what was configured, as a YAML-like list of names; secrets are hidden. */
    static Map<String, String> resolved(Map<String, String> configured) {
        Map<String, String> all = new LinkedHashMap<>();
        keys().forEach(key -> all.put(key.name, key.defaultValue == null ? "" : key.defaultValue.toString()));
        configured.forEach((name, value) -> all.put(name, isSecret(name) ? "[hidden]" : value));
        return all;
    }

    private static Stream<ConfigDef.ConfigKey> keys() {
        return SECTIONS.values().stream().flatMap(definition -> definition.configKeys().values().stream());
    }

    private static String shown(Object value) {
        if (value == null || value.toString().isEmpty()) {
            return "";
        }
        return "`" + (value.equals(Long.MAX_VALUE) ? "unlimited" : value) + "`";
    }

    private static boolean isSecret(String name) {
        return Stream.of("password", "secret", "jaas", "token.value", "credential")
                .anyMatch(word -> name.toLowerCase(java.util.Locale.ROOT).contains(word));
    }

    private static int distance(String left, String right) {
        List<Integer> previous = new ArrayList<>();
        for (int j = 0; j <= right.length(); j++) {
            previous.add(j);
        }
        for (int i = 1; i <= left.length(); i++) {
            List<Integer> row = new ArrayList<>(List.of(i));
            for (int j = 1; j <= right.length(); j++) {
                int replaced = previous.get(j - 1) + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
                row.add(Math.min(replaced, Math.min(previous.get(j), row.get(j - 1)) + 1));
            }
            previous = row;
        }
        return previous.get(right.length());
    }

    static String sectionNames() {
        return names().stream()
                .map(name -> name.substring(0, name.indexOf('.')))
                .distinct()
                .collect(Collectors.joining(", "));
    }
}
