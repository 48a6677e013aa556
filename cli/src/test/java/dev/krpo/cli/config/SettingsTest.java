package dev.krpo.cli.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.krpo.trainer.settings.SchedulerSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SettingsTest {

    @Test
    void shouldBeWhatTheDocumentationSays() throws IOException {
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
    void shouldSayTheRangeOfEveryNumberAndTheUnitOfEveryTime() {
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
}
