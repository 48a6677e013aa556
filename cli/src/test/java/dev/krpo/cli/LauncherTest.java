package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Checks the errors of {@code ./krpo} if it finds no suitable Java; it looks for one before building anything. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
class LauncherTest {

    @TempDir
    private Path javaHome;

    private String runWithJavaHome() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("../krpo", "--version").redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", javaHome.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(1);
        return output;
    }

    @Test
    void shouldReportInOneLineThatThereIsNoJava() throws Exception {
        assertThat(runWithJavaHome())
                .isEqualTo("krpo: no Java in JAVA_HOME=" + javaHome
                        + "; install a JDK, 17 or newer (https://adoptium.net), or set JAVA_HOME\n");
    }

    @Test
    void shouldReportInOneLineThatTheJavaIsTooOld() throws Exception {
        Path java = Files.createDirectories(javaHome.resolve("bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();

        assertThat(runWithJavaHome())
                .isEqualTo("krpo: " + java + " is Java 11; 17 or newer is needed: set JAVA_HOME to one\n");
    }
}
