package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** The Markdown and the pictures of the repository. */
class DocumentationTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final int COLUMNS = 120;

    /** A sentence ends before an upper-case letter or code; a bold label such as "**Key.**" is no sentence. */
    private static final Pattern SENTENCE_END =
            Pattern.compile("(\\S*[.!?])([\"')\\]`]|\\*(?!\\*))* +(?=[\"(*\\[`]*[A-Z`])");

    private static final Pattern TEST_NAME = Pattern.compile("`(?:(\\w+Test)\\b\\.?)?(should\\w+)?`");
    private static final Set<String> ABBREVIATIONS = Set.of("Dr.", "e.g.", "i.e.", "eq.", "etc.", "vs.", "al.");

    /** Written by {@code krpo settings}, which wraps its introduction itself. */
    private static final Path SETTINGS = Path.of("docs/reference/settings.md");

    @Test
    void shouldResolveEveryRelativeLink() throws IOException {
        List<String> broken = new ArrayList<>();
        for (MarkdownPage page : pages()) {
            for (String link : page.links()) {
                if (!link.matches("[a-z]+:.*") && !resolves(page, link)) {
                    broken.add(page.path() + ": " + link);
                }
            }
        }

        assertThat(broken).isEmpty();
    }

    @Test
    void shouldReachEveryPageOfTheDocsFromTheirMap() throws IOException {
        Path docs = ROOT.resolve("docs");
        Path map = docs.resolve("README.md");
        Set<Path> reached = new TreeSet<>(Set.of(map));
        for (String link : MarkdownPage.read(ROOT, map).links()) {
            reached.add(docs.resolve(link.replaceFirst("#.*", "")).normalize());
        }

        assertThat(pages().stream()
                        .map(page -> ROOT.resolve(page.path()))
                        .filter(page -> page.startsWith(docs) && !page.startsWith(docs.resolve("experiments"))))
                .isNotEmpty()
                .isSubsetOf(reached);
    }

    @Test
    void shouldKeepProseWithin120Columns() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (MarkdownPage page : pages()) {
            for (MarkdownPage.Line line : page.prose()) {
                if (line.text().replaceAll("https?://\\S+", "").length() > COLUMNS) {
                    tooLong.add(page.path() + ":" + line.number() + " has "
                            + line.text().length() + " columns");
                }
            }
        }

        assertThat(tooLong).isEmpty();
    }

    /** The formatter wraps code and Javadoc, but neither strings nor comments. */
    @Test
    void shouldKeepSourcesWithin120Columns() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path source : files(".java")) {
            List<String> lines = Files.readAllLines(source);
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).length() > COLUMNS) {
                    tooLong.add(ROOT.relativize(source) + ":" + (i + 1));
                }
            }
        }

        assertThat(tooLong).isEmpty();
    }

    @Test
    void shouldBeginEverySentenceOnItsOwnLine() throws IOException {
        List<String> shared = new ArrayList<>();
        for (MarkdownPage page : pages()) {
            for (MarkdownPage.Line line : page.path().equals(SETTINGS) ? List.<MarkdownPage.Line>of() : page.prose()) {
                String text = line.text().replaceAll("`[^`]*`", "`").strip();
                Matcher end = SENTENCE_END.matcher(text);
                while (end.find()) {
                    if (!ABBREVIATIONS.contains(end.group(1).replaceFirst("^[(\\[\"*]+", ""))
                            && !end.group(1).matches("\\d+\\.")) {
                        shared.add(page.path() + ":" + line.number() + " after \"" + end.group(1) + "\"");
                    }
                }
            }
        }

        assertThat(shared).isEmpty();
    }

    /** A test named alone belongs to the class that was named before it in its line. */
    @Test
    void shouldNameTestsThatExistInTheGuarantees() throws IOException {
        Map<String, String> tests = new HashMap<>();
        for (Path file : files("Test.java")) {
            tests.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
        }
        List<String> unknown = new ArrayList<>();
        for (String line : Files.readAllLines(ROOT.resolve("docs/understand/guarantees.md"))) {
            String tested = "";
            Matcher name = TEST_NAME.matcher(line);
            while (name.find()) {
                tested = name.group(1) == null ? tested : name.group(1);
                String method = name.group(2) == null ? "" : " " + name.group(2) + "(";
                if (!tests.getOrDefault(tested, "").contains(method) || !tests.containsKey(tested)) {
                    unknown.add(tested + method);
                }
            }
        }

        assertThat(unknown).isEmpty();
    }

    /** Viewers of a repository show a picture alone, so it cannot take colours from a page around it. */
    @Test
    void shouldDrawEveryPictureWithItsOwnStyles() throws Exception {
        List<Path> pictures = files(".svg");

        assertThat(pictures).isNotEmpty();
        for (Path picture : pictures) {
            Document svg =
                    DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(picture.toFile());
            NodeList elements = svg.getElementsByTagName("*");
            boolean styled = svg.getElementsByTagName("style").getLength() > 0;
            for (int i = 0; i < elements.getLength() && !styled; i++) {
                assertThat(elements.item(i).getAttributes().getNamedItem("class"))
                        .as(
                                "class of <%s> in %s, which has no <style>",
                                elements.item(i).getNodeName(), picture)
                        .isNull();
            }
        }
    }

    private static boolean resolves(MarkdownPage page, String link) throws IOException {
        String[] parts = link.split("#", 2);
        Path target = parts[0].isEmpty()
                ? ROOT.resolve(page.path())
                : ROOT.resolve(page.path()).resolveSibling(parts[0]).normalize();
        return Files.exists(target)
                && (parts.length == 1
                        || MarkdownPage.read(ROOT, target).anchors().contains(parts[1]));
    }

    private static List<MarkdownPage> pages() throws IOException {
        List<MarkdownPage> pages = new ArrayList<>();
        for (Path path : files(".md")) {
            pages.add(MarkdownPage.read(ROOT, path));
        }
        assertThat(pages).isNotEmpty();
        return pages;
    }

    /** Files of the repository with this ending, build outputs and runs left out. */
    private static List<Path> files(String ending) throws IOException {
        List<Path> roots = new ArrayList<>();
        try (Stream<Path> top = Files.list(ROOT)) {
            for (Path path : top.toList()) {
                if (Files.isRegularFile(path)) {
                    roots.add(path);
                } else if (Files.exists(path.resolve("pom.xml"))) {
                    roots.add(path.resolve("src"));
                }
            }
        }
        for (String folder : List.of("docs", "examples", "tools")) {
            roots.add(ROOT.resolve(folder));
        }
        List<Path> files = new ArrayList<>();
        for (Path root : roots) {
            try (Stream<Path> below = Files.exists(root) ? Files.walk(root) : Stream.empty()) {
                below.filter(path -> path.toString().endsWith(ending)).forEach(files::add);
            }
        }
        return files;
    }
}
