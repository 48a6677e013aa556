package dev.krpo.cli.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        assertThat(Settings.keys()).isNotEmpty().allSatisfy((name, key) -> {
            assertThat(name).matches("[a-z]+\\.[A-Za-z0-9.]+");
            assertThat(key.documentation).as(name).endsWith(".");
        });
    }
}
