package dev.krpo.runtime.prompts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.krpo.runtime.text.Plural;
import dev.krpo.runtime.text.Reason;
import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.settings.UsageException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * The prompts of a JSONL file: one JSON object per line, UTF-8, empty lines ignored.
 *
 * @param prompts in the order of the file, without repeated lines
 * @param repeated number of lines that repeat an earlier prompt
 * @param problems one {@code file:line: reason} per invalid line
 */
public record PromptFile(List<Prompt> prompts, int repeated, List<String> problems) {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    /** Room for the parts of a prompt record besides its line: id, dataset, names of the fields. */
    private static final int MAX_LINE_BYTES = RecordLimits.MAX_BYTES / 2;

    private static final String BYTE_ORDER_MARK = "\uFEFF";

    /**
     * Reads the whole file; bad lines are collected, not thrown.
     *
     * @throws UsageException if the file cannot be read
     */
    public static PromptFile read(Path file, PromptFormat format) {
        return read(file, format, prompt -> {});
    }

    /**
     * Like {@link #read(Path, PromptFormat)}.
     *
     * @param check throws a {@link UsageException} if a well-formed prompt is otherwise invalid
     */
    public static PromptFile read(Path file, PromptFormat format, Consumer<Prompt> check) {
        Lines lines = new Lines();
        List<String> problems = new ArrayList<>();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            int number = 0;
            for (byte[] line = nextLine(in); line != null; line = nextLine(in)) {
                number++;
                try {
                    String text = decode(line, number);
                    if (!text.isBlank()) {
                        Prompt prompt = format.prompt(parse(text));
                        check.accept(prompt);
                        lines.add(prompt, number);
                    }
                } catch (UsageException e) {
                    problems.add(file + ":" + number + ": " + e.getMessage());
                }
            }
        } catch (NoSuchFileException e) {
            throw new UsageException("no such file: " + file, e);
        } catch (IOException e) {
            throw new UsageException(file + " cannot be read: " + Reason.of(e), e);
        }
        return new PromptFile(lines.prompts(), lines.repeated(), problems);
    }

    /**
     * Reads a file in which every line must be valid.
     *
     * @throws UsageException naming the first bad line, or if there is no prompt at all
     */
    public static List<Prompt> readAll(Path file, PromptFormat format) {
        PromptFile read = read(file, format);
        if (!read.problems.isEmpty()) {
            throw new UsageException(read.problems.get(0)
                    + (read.problems.size() > 1
                            ? " (and " + Plural.of(read.problems.size() - 1, "more bad line") + ")"
                            : ""));
        }
        if (read.prompts.isEmpty()) {
            throw new UsageException(file + " is empty; expected one JSON object per line");
        }
        return read.prompts;
    }

    private static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new UsageException("not JSON: " + problem(e), e);
        }
    }

    /** The parser's message and column, without its list of expected tokens. */
    private static String problem(JsonProcessingException e) {
        String sentence = e.getOriginalMessage()
                .lines()
                .findFirst()
                .orElse("")
                .replaceAll(" \\(code [^)]*\\)", "")
                .replaceFirst(": [a-z].*", "");
        return e.getLocation() == null
                ? sentence
                : sentence + " at column " + e.getLocation().getColumnNr();
    }

    private static String decode(byte[] line, int number) {
        if (line.length > MAX_LINE_BYTES) {
            throw new UsageException(
                    String.format(Locale.ROOT, "longer than the maximum of %,d bytes for a prompt", MAX_LINE_BYTES));
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line))
                    .toString();
            return number == 1 && text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new UsageException("not UTF-8", e);
        }
    }

    /**
     * The bytes up to the next line feed, truncated if the line is too long; null at the end. Reads bytes, so that
     * invalid UTF-8 is reported with its own line.
     */
    private static byte[] nextLine(InputStream in) throws IOException {
        int next = in.read();
        if (next < 0) {
            return null;
        }
        ByteArrayOutputStream line = new ByteArrayOutputStream(128);
        for (; next >= 0 && next != '\n'; next = in.read()) {
            if (line.size() <= MAX_LINE_BYTES) {
                line.write(next);
            }
        }
        return line.toByteArray();
    }
}
