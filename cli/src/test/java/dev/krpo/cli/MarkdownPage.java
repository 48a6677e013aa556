package dev.krpo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A Markdown file, parsed as far as checking its layout line by line requires.
 *
 * @param path relative to the repository
 * @param prose lines outside code, tables and headings
 * @param links targets of links and pictures
 * @param anchors of headings, as GitHub names them
 */
record MarkdownPage(Path path, List<Line> prose, List<String> links, Set<String> anchors) {

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

    /**
     * A line of prose.
     *
     * @param number from 1
     */
    record Line(int number, String text) {}

    static MarkdownPage read(Path root, Path file) throws IOException {
        List<Line> prose = new ArrayList<>();
        StringBuilder linked = new StringBuilder();
        Set<String> anchors = new LinkedHashSet<>();
        boolean fenced = false;
        boolean indented = false;
        boolean afterBlank = true;
        boolean inList = false;
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            String text = line.strip();
            if (text.startsWith("```")) {
                fenced = !fenced;
            } else if (!fenced) {
                inList = inList ? line.isEmpty() || line.startsWith(" ") || isItem(text) : isItem(text);
                indented = line.startsWith("    ") && !inList && (afterBlank || indented);
                if (!indented && text.startsWith("#")) {
                    anchors.add(anchor(text.replaceFirst("^#+ *", ""), anchors));
                    linked.append(text).append('\n');
                } else if (!indented) {
                    linked.append(line).append('\n');
                    if (!text.isEmpty() && !text.startsWith("|")) {
                        prose.add(new Line(number, line));
                    }
                }
            }
            afterBlank = text.isEmpty();
        }
        return new MarkdownPage(
                root.relativize(file),
                prose,
                LINK.matcher(linked.toString().replaceAll("`[^`\n]*`", ""))
                        .results()
                        .map(link -> link.group(1))
                        .toList(),
                anchors);
    }

    private static boolean isItem(String text) {
        return text.matches("([-*]|\\d+\\.) .*");
    }

    private static String anchor(String heading, Set<String> taken) {
        String name = heading.toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N}_\\- ]", "")
                .replace(' ', '-');
        String anchor = name;
        for (int i = 1; taken.contains(anchor); i++) {
            anchor = name + "-" + i;
        }
        return anchor;
    }
}
