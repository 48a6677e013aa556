package dev.krpo.runtime.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.krpo.schemas.Prompt;
import dev.krpo.schemas.serde.RecordLimits;
import dev.krpo.settings.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptFileTest {

    private static final PromptFormat STANDARD = PromptFormat.standard("sums");

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = folder.resolve("prompts.jsonl");
    }

    private PromptFile read(PromptFormat format, String... lines) throws IOException {
        Files.writeString(file, String.join("\n", lines));
        return PromptFile.read(file, format);
    }

    @Test
    void shouldTakeQuestionAndAnswerAndKeepOtherFieldsAsAttributes() throws IOException {
        PromptFile read = read(
                STANDARD,
                "{\"question\":\"12+34=\",\"answer\":46,\"num_terms\":2,\"tags\":[\"easy\"],\"note\":null}",
                "");

        assertThat(read.problems()).isEmpty();
        Prompt prompt = read.prompts().get(0);
        assertThat(prompt.getText()).isEqualTo("12+34=");
        assertThat(prompt.getAnswer()).isEqualTo("46");
        assertThat(prompt.getDataset()).isEqualTo("sums");
        assertThat(prompt.getAttributes()).isEqualTo(Map.of("num_terms", "2", "tags", "[\"easy\"]", "note", "null"));
    }

    @Test
    void shouldRejectALineWithMoreFieldsThanAPromptMayHave() throws IOException {
        String fields = IntStream.rangeClosed(0, RecordLimits.MAX_ENTRIES)
                .mapToObj(i -> ",\"f" + i + "\":1")
                .collect(Collectors.joining());

        assertThat(read(STANDARD, "{\"question\":\"1+2=\",\"answer\":3" + fields + "}")
                        .problems()
                        .toString())
                .contains("1001 additional fields; a prompt may have at most 1000");
    }

    @Test
    void shouldDeriveTheIdFromDatasetTextAndAnswerOnly() throws IOException {
        String id = read(STANDARD, "{\"question\":\"1+2=\",\"answer\":\"3\"}")
                .prompts()
                .get(0)
                .getPromptId();

        assertThat(id).matches("[0-9a-f]{16}");
        assertThat(idOf(STANDARD, "{\"note\":\"n\",\"answer\":3,\"question\":\"1+2=\"}"))
                .isEqualTo(id);
        assertThat(idOf(STANDARD, "{\"question\":\"1+2=\",\"answer\":\"4\"}")).isNotEqualTo(id);
        assertThat(idOf(PromptFormat.standard("other"), "{\"question\":\"1+2=\",\"answer\":\"3\"}"))
                .isNotEqualTo(id);
    }

    private String idOf(PromptFormat format, String line) throws IOException {
        return read(format, line).prompts().get(0).getPromptId();
    }

    @Test
    void shouldFillTheTemplateAndTakeOtherFieldNames() throws IOException {
        PromptFormat format = new PromptFormat("q", "a", "key", "Q: {q} ({level}) A: ", "sums");

        Prompt prompt = read(format, "{\"key\":\"k-1\",\"q\":\"1+$2\\\\=\",\"a\":\"3\",\"level\":7}")
                .prompts()
                .get(0);

        assertThat(prompt.getPromptId()).isEqualTo("k-1");
        assertThat(prompt.getText()).isEqualTo("Q: 1+$2\\= (7) A: ");
    }

    @Test
    void shouldReportEveryBadLineWithFileAndLineAndKeepTheGoodOnes() throws IOException {
        PromptFile read = read(
                STANDARD,
                "{\"question\":\"1+2=\",\"answer\":\"3\"}",
                "1+3=4",
                "",
                "{\"question\":\"1+4=\"}",
                "{\"question\":\" \",\"answer\":\"5\"}",
                "[1, 2]",
                "{\"question\":\"1+5=\",\"answer\":\"6\"} trailing",
                "{\"question\":{\"text\":\"1\"},\"answer\":\"6\"}",
                "{\"question\":\"1+6=\",\"answer\":\"7\"}");

        assertThat(read.prompts()).extracting(Prompt::getText).containsExactly("1+2=", "1+6=");
        assertThat(read.problems()).hasSize(6);
        assertThat(read.problems().get(0)).startsWith(file + ":2: not JSON");
        assertThat(read.problems().get(1)).isEqualTo(file + ":4: field \"answer\" is missing; the line has [question]");
        assertThat(read.problems().get(2)).isEqualTo(file + ":5: field \"question\" is \" \"; use text or a number");
        assertThat(read.problems().get(3)).isEqualTo(file + ":6: expected a JSON object, found [1,2]");
        assertThat(read.problems().get(4)).startsWith(file + ":7: not JSON");
        assertThat(read.problems().get(5)).startsWith(file + ":8: field \"question\" is {\"text\":\"1\"}");
    }

    @Test
    void shouldReportInvalidBytesOnTheirOwnLine() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes("\uFEFF{\"question\":\"1+2=\",\"answer\":\"3\"}\r\n".getBytes(StandardCharsets.UTF_8));
        bytes.writeBytes(new byte[] {'{', (byte) 0xFF, '}', '\n'});
        Files.write(file, bytes.toByteArray());

        PromptFile read = PromptFile.read(file, STANDARD);

        assertThat(read.prompts()).hasSize(1);
        assertThat(read.problems()).containsExactly(file + ":2: not UTF-8");
    }

    @Test
    void shouldCountRepeatedLinesAndRejectOneIdForTwoPrompts() throws IOException {
        PromptFormat format = new PromptFormat("question", "answer", "id", null, "sums");
        PromptFile read = read(
                format,
                "{\"id\":\"a\",\"question\":\"1+2=\",\"answer\":\"3\"}",
                "{\"id\":\"a\",\"question\":\"1+2=\",\"answer\":\"3\"}",
                "{\"id\":\"a\",\"question\":\"1+3=\",\"answer\":\"4\"}");

        assertThat(read.prompts()).hasSize(1);
        assertThat(read.repeated()).isEqualTo(1);
        assertThat(read.problems())
                .containsExactly(file + ":3: id \"a\" is already used by a different prompt on line 1");
    }

    @Test
    void shouldNameBothLinesOfAContradiction() throws IOException {
        PromptFile read = read(
                STANDARD,
                "{\"question\":\"1+2=\",\"answer\":\"3\"}",
                "{\"question\":\"1+3=\",\"answer\":\"4\"}",
                "{\"question\":\"1+2=\",\"answer\":\"5\"}");

        assertThat(read.problems())
                .containsExactly(file + ":3: the answer to \"1+2=\" is \"5\" here and \"3\" on line 1");
    }

    @Test
    void shouldRejectALineThatIsTooLongAndReadTheNextOne() throws IOException {
        PromptFile read = read(
                STANDARD,
                "{\"question\":\"" + "1+".repeat(4_200_000) + "1=\",\"answer\":\"3\"}",
                "{\"question\":\"1+2=\",\"answer\":\"3\"}");

        assertThat(read.prompts()).hasSize(1);
        assertThat(read.problems())
                .containsExactly(file + ":1: longer than the maximum of 8,388,608 bytes for a prompt");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"question\":\"1+1=\",\"answer\":true} | field \"answer\" is true; use text or a number",
                "{\"question\":\"1\",\"question\":\"2\",\"answer\":\"3\"} | not JSON: Duplicate field 'question'"
                        + " at column 27",
                "{\"question\":\"1+1=\",\"answer\":\"2\" | not JSON: Unexpected end-of-input at column 32",
                "{x} | not JSON: Unexpected character ('x') at column 2",
                "hello | not JSON: Unrecognized token 'hello' at column 6",
                "{\"question\":\"1+1=\",\"answer\":NaN} | not JSON: Non-standard token 'NaN' at column 32",
                "{\"question\":\"1+5=\",\"answer\":\"6\"} x | not JSON: Unrecognized token 'x' at column 35",
            })
    void shouldDescribeABadLineWithoutTheParsersNoise(String line, String problem) throws IOException {
        assertThat(read(STANDARD, line).problems()).containsExactly(file + ":1: " + problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nonsense | :1: not JSON",
                "'' | is empty; expected one JSON object per line",
            })
    void shouldRejectAFileWithBadLinesIfAllMustBeValid(String content, String problem) throws IOException {
        Files.writeString(file, content);

        assertThatThrownBy(() -> PromptFile.readAll(file, STANDARD))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(file + (problem.startsWith(":") ? "" : " ") + problem);
    }

    @Test
    void shouldReportAMissingFile() {
        assertThatThrownBy(() -> PromptFile.read(file, STANDARD)).hasMessage("no such file: " + file);
    }

    @Test
    void shouldReadALastLineWithoutLineFeed() throws IOException {
        assertThat(PromptFile.readAll(write("{\"question\":\"1\",\"answer\":\"2\"}"), STANDARD))
                .extracting(Prompt::getAnswer)
                .isEqualTo(List.of("2"));
    }

    private Path write(String content) throws IOException {
        return Files.writeString(file, content);
    }
}
