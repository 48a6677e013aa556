package dev.krpo.experiments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** A CSV file with a header. */
final class ResultFile {

    private ResultFile() {}

    /** Writes the file atomically. */
    static void write(Path file, String header, List<String> rows) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        List<String> lines = new ArrayList<>(List.of(header));
        lines.addAll(rows);
        Path partial = Files.write(file.resolveSibling(file.getFileName() + ".partial"), lines);
        Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * @return the cells of each row
     * @throws IOException if the file has another header
     */
    static List<String[]> read(Path file, String header) throws IOException {
        List<String> lines = Files.readAllLines(file);
        if (lines.isEmpty() || !lines.get(0).equals(header)) {
            throw new IOException(file + " does not begin with '" + header + "'; delete it to create it again");
        }
        return lines.subList(1, lines.size()).stream()
                .map(line -> line.split(",", -1))
                .toList();
    }
}
