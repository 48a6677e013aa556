package dev.krpo.cli.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.krpo.pipeline.settings.Settings;
import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import dev.krpo.trainer.settings.SchedulerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SettingsTest {

    @Test
    void shouldMatchTheDocumentation() throws IOException {
        assertThat(Files.readString(Path.of("../docs/reference/settings.md")))
                .as("docs/reference/settings.md is written by `./krpo settings > docs/reference/settings.md`")
                .isEqualTo(Settings.toMarkdown());
    }

    @Test
    void shouldDocumentEverySettingInASectionOfItsName() {
        assertThat(Settings.ALL.settings()).isNotEmpty().allSatisfy(setting -> {
            assertThat(setting.key()).matches("[a-z]+\\.[A-Za-z0-9.]+");
            assertThat(setting.documentation()).as(setting.key()).endsWith(".");
        });
    }

    @Test
    void shouldDocumentTheRangeOfEveryNumberAndTheUnitOfEveryTime() {
        assertThat(Settings.ALL.settings())
                .filteredOn(setting -> List.of("int", "long", "double").contains(setting.type()))
                .allSatisfy(
                        setting -> assertThat(setting.values() + (setting.equals(SchedulerSettings.SEED) ? "any" : ""))
                                .as(setting.key())
                                .isNotEmpty());
        assertThat(Settings.ALL.settings())
                .filteredOn(setting -> setting.key().endsWith("Ms"))
                .isNotEmpty()
                .allSatisfy(
                        setting -> assertThat(setting.unit()).as(setting.key()).isEqualTo("ms"));
    }

    @Test
    void shouldListEverySection() {
        assertThat(new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("dev.krpo").stream()
                                .flatMap(type -> type.getFields().stream())
                                .filter(field -> field.getRawType().isEquivalentTo(Section.class))
                                .filter(field -> field.getModifiers().contains(JavaModifier.STATIC))
                                .map(SettingsTest::value))
                .isNotEmpty()
                .containsExactlyInAnyOrderElementsOf(Settings.ALL.sections());
    }

    private static Object value(JavaField field) {
        try {
            return field.reflect().get(null);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(field.getFullName() + " is not public", e);
        }
    }

    @Test
    void shouldSpellEachKeyOnlyWhereItsSettingIsDefined() throws IOException {
        List<String> literals = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of(".."), 12)) {
            for (Path file : files.filter(path -> path.toString().matches(".*/src/main/java/.*\\.java"))
                    .toList()) {
                String text = Files.readString(file);
                for (Setting<?> setting : Settings.ALL.settings()) {
                    if (text.contains("\"" + setting.key() + "\"") || text.contains("\"" + setting.key() + "=")) {
                        literals.add(file + ": " + setting.key());
                    }
                }
            }
        }

        assertThat(literals).as("use the constant").isEmpty();
    }
}
