package dev.krpo.settings;

import java.util.ArrayList;
import java.util.List;

/** The reference document of a {@link Catalogue} in Markdown, with one heading per section and setting. */
public final class SettingsDocument {

    private static final int COLUMNS = 120;

    private SettingsDocument() {}

    /** @param introduction the text before the first section, title included */
    public static String of(Catalogue catalogue, String introduction) {
        StringBuilder text = new StringBuilder(introduction);
        for (Section section : catalogue.sections()) {
            text.append("\n## ")
                    .append(section.title())
                    .append("\n\nRead by: ")
                    .append(section.readers())
                    .append(".\n");
            section.settings().forEach(setting -> text.append(entry(setting)));
        }
        return text.toString();
    }

    private static String entry(Setting<?> setting) {
        List<String> facts = new ArrayList<>();
        facts.add(setting.type());
        if (!setting.values().isEmpty()) {
            facts.add(setting.values());
        }
        if (!setting.unit().isEmpty()) {
            facts.add("unit: " + setting.unit());
        }
        facts.add(setting.standardText().isEmpty() ? "no default" : "default: `" + setting.standardText() + "`");
        if (!setting.formerKeys().isEmpty()) {
            facts.add("formerly `" + String.join("`, `", setting.formerKeys()) + "`");
        }
        return "\n### `" + setting.key() + "`\n\n" + wrapped("*" + String.join(" · ", facts) + "*") + "\n"
                + wrapped(escaped(setting.documentation()));
    }

    private static String wrapped(String paragraph) {
        StringBuilder lines = new StringBuilder();
        int column = 0;
        for (String word : paragraph.split(" ")) {
            if (column > 0 && column + 1 + word.length() > COLUMNS) {
                lines.append('\n');
                column = 0;
            }
            lines.append(column > 0 ? " " : "").append(word);
            column += (column > 0 ? 1 : 0) + word.length();
        }
        return lines.append('\n').toString();
    }

    private static String escaped(String text) {
        return text.replace("<", "&lt;");
    }
}
