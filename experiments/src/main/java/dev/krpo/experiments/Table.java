package dev.krpo.experiments;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A captioned table of text cells, as text, Markdown or HTML. */
final class Table {

    private final String caption;
    private final List<String> columns;
    private final List<List<String>> rows = new ArrayList<>();

    Table(String caption, List<String> columns) {
        this.caption = caption;
        this.columns = columns;
    }

    void add(List<String> row) {
        if (row.size() != columns.size()) {
            throw new IllegalArgumentException(row + " does not match the columns " + columns);
        }
        rows.add(row);
    }

    String toText() {
        int[] widths = new int[columns.size()];
        for (List<String> row : all()) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder(caption).append('\n');
        for (List<String> row : all()) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append("  ")
                        .append(row.get(i))
                        .append(" ".repeat(widths[i] - row.get(i).length()));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.append('\n').toString();
    }

    String toMarkdown() {
        StringBuilder text = new StringBuilder("**").append(caption).append("**\n\n");
        text.append(markdown(columns)).append("|---".repeat(columns.size())).append("|\n");
        rows.forEach(row -> text.append(markdown(row)));
        return text.append('\n').toString();
    }

    String toHtml() {
        return "<table><caption>" + caption + "</caption>" + html("th", columns)
                + rows.stream().map(row -> html("td", row)).collect(Collectors.joining()) + "</table>\n";
    }

    private List<List<String>> all() {
        List<List<String>> all = new ArrayList<>(List.of(columns));
        all.addAll(rows);
        return all;
    }

    private static String markdown(List<String> row) {
        return row.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
    }

    private static String html(String cell, List<String> row) {
        return row.stream()
                .map(text -> "<" + cell + ">" + text + "</" + cell + ">")
                .collect(Collectors.joining("", "<tr>", "</tr>"));
    }
}
