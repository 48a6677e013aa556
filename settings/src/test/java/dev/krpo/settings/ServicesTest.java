package dev.krpo.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServicesTest {

    private static final String FILE = "META-INF/services/" + Greeting.class.getName();
    private static final String PLUGINS = "into the folder plugins beside the krpo launcher, or on KRPO_CLASSPATH";

    @TempDir
    private Path directory;

    public interface Greeting extends Choice<String> {
        @Override
        default String description() {
            return "";
        }

        @Override
        default String create(Config config) {
            return name();
        }
    }

    public static final class Hello implements Greeting {
        @Override
        public String name() {
            return "hello";
        }

        @Override
        public String description() {
            return "when one comes";
        }
    }

    public static final class Goodbye implements Greeting {
        @Override
        public String name() {
            return "goodbye";
        }
    }

    public static final class Ahoy implements Greeting {
        @Override
        public String name() {
            return "ahoy";
        }
    }

    public static final class AnotherHello implements Greeting {
        @Override
        public String name() {
            return "hello";
        }
    }

    public static final class Nameless implements Greeting {
        @Override
        public String name() {
            return null;
        }
    }

    public static final class Failing implements Greeting {
        public Failing() {
            throw new IllegalStateException("no voice");
        }

        @Override
        public String name() {
            return "failing";
        }
    }

    public static final class Hidden implements Greeting {
        private Hidden() {}

        @Override
        public String name() {
            return "hidden";
        }
    }

    public static final class Repeating implements Greeting {
        private static final Section SETTINGS = section();

        private static Section section() {
            Section section = Section.of("repeating", "Repeating", "tests");
            section.integer("size", 1).doc("Size.");
            section.integer("size", 2).doc("Size.");
            return section;
        }

        @Override
        public String name() {
            return "repeating";
        }

        @Override
        public List<Section> settings() {
            return List.of(SETTINGS);
        }
    }

    /** A jar that provides these classes of this test. */
    private Path jar(String name, String... classes) throws IOException {
        Path jar = directory.resolve(name);
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new JarEntry(FILE));
            for (String one : classes) {
                out.write((ServicesTest.class.getName() + "$" + one + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        return jar;
    }

    private static Services<Greeting> services(Path... jars) throws IOException {
        List<URL> urls = new ArrayList<>();
        for (Path jar : jars) {
            urls.add(jar.toUri().toURL());
        }
        return Services.of(Greeting.class, "greeting", new LastParent(urls));
    }

    /** Finds the jars before this module, as a class path may list them. */
    private static final class LastParent extends URLClassLoader {

        LastParent(List<URL> urls) {
            super(urls.toArray(URL[]::new), ServicesTest.class.getClassLoader());
        }

        @Override
        public Enumeration<URL> getResources(String name) throws IOException {
            List<URL> own = Collections.list(findResources(name));
            own.addAll(Collections.list(getParent().getResources(name)));
            return Collections.enumeration(own);
        }
    }

    @Test
    void shouldListThoseOfTheModuleFirstAndEachJarInTheOrderOfItsFile() throws IOException {
        Services<Greeting> services = services(jar("b.jar", "Ahoy", "AnotherHello"));

        assertThat(services.all())
                .hasExactlyElementsOfTypes(Hello.class, Goodbye.class, Ahoy.class, AnotherHello.class);
        assertThat(services.names()).containsExactly("ahoy", "goodbye", "hello");
        assertThat(services.described()).isEqualTo("hello = when one comes; goodbye; ahoy; hello");
        assertThat(services.named("ahoy")).isInstanceOf(Ahoy.class);
    }

    @Test
    void shouldNameBothJarsOfANameThatIsTaken() throws IOException {
        Path jar = jar("polite.jar", "AnotherHello");

        assertThatThrownBy(() -> services(jar).named("hello"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("2 greetings are named \"hello\": " + Hello.class.getName() + " in ")
                .hasMessageContaining(" and " + AnotherHello.class.getName() + " in " + jar)
                .hasMessageEndingWith("; remove the unwanted jar, or rename one of them");
    }

    @Test
    void shouldListTheOthersAndTheRemedyWhenNoneHasTheName() {
        assertThatThrownBy(() -> services().named("ahoy"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is no greeting \"ahoy\"; use one of hello = when one comes; goodbye; or put the jar"
                        + " that provides ahoy " + PLUGINS);
    }

    @Test
    void shouldSuggestTheNearestNameOfASetting() throws IOException {
        Section section = Section.of("demo", "Demo", "tests");
        Setting<String> setting =
                section.choice("greeting", "hello", services()).doc("Greeting.");

        assertThatThrownBy(() -> setting.parse("helo", "--set"))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("--set: demo.greeting is 'helo'; use one of goodbye, hello; did you mean hello? Or put the"
                        + " jar that provides helo " + PLUGINS);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Absent | java.lang.ClassNotFoundException | compile the class into the jar, or correct its META-INF
            Hidden | java.lang.NoSuchMethodException | make the class public, with a public constructor
            Failing | java.lang.IllegalStateException: no voice | correct the class or remove the jar
            Nameless | its name() or description() is null | correct the class or remove the jar
            LastParent | java.lang.ClassCastException | correct the class or remove the jar
            Repeating | repeating.size is defined twice | correct the class or remove the jar
            """)
    void shouldNameClassJarReasonAndRemedyOfABrokenOneAndUseTheOthers(String broken, String reason, String remedy)
            throws IOException {
        Path jar = jar("broken.jar", broken, "Ahoy");
        Services<Greeting> services = services(jar);

        assertThat(services.names()).containsExactly("ahoy", "goodbye", "hello");
        assertThatThrownBy(() -> services.named("aloha"))
                .hasMessageContaining("; cannot be used: " + ServicesTest.class.getName() + "$" + broken + " in " + jar)
                .hasMessageContaining(reason)
                .hasMessageContaining(remedy);
    }
}
