package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.krpo.policy.Policy;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportCommandTest {

    private static final Path BASE =
            Path.of("..", "examples", "arithmetic", "base-model").toAbsolutePath();

    @TempDir
    private Path directory;

    @Test
    void shouldWriteAModelInHalfTheSpaceThatLoadsAgainAsItIs() throws Exception {
        Path rounded = directory.resolve("rounded");
        Path again = directory.resolve("again");

        Cli export =
                Cli.run("export", "--checkpoint", BASE.toString(), "--out", rounded.toString(), "--dtype", "bfloat16");
        assertThat(export.exitCode()).as(export.err()).isZero();
        assertThat(export.out()).contains("bfloat16");
        Cli second = Cli.run("export", "--checkpoint", rounded.toString(), "--out", again.toString());
        assertThat(second.exitCode()).as(second.err()).isZero();

        assertThat(Files.readString(rounded.resolve("config.json"))).contains("\"torch_dtype\" : \"bfloat16\"");
        assertThat(rounded.resolve("optimizer.safetensors")).doesNotExist();
        assertThat((double) Files.size(rounded.resolve("model.safetensors")))
                .isLessThan(0.51 * Files.size(BASE.resolve("model.safetensors")));
        assertThat(again.resolve("model.safetensors")).hasSameBinaryContentAs(rounded.resolve("model.safetensors"));
        assertThat(again.resolve("config.json")).hasSameTextualContentAs(rounded.resolve("config.json"));
        Policy.load(again, Device.cpu()).close();
    }

    @Test
    void shouldNameTheOptionThatIsWrong() {
        Cli type = Cli.run(
                "export",
                "--checkpoint",
                BASE.toString(),
                "--out",
                directory.resolve("a").toString(),
                "--dtype",
                "int8");
        assertThat(type.exitCode()).isEqualTo(2);
        assertThat(type.err()).contains("--dtype: there is no weight type int8; use one of float32, bfloat16, float16");

        Cli out = Cli.run("export", "--checkpoint", BASE.toString(), "--out", directory.toString());
        assertThat(out.exitCode()).isEqualTo(2);
        assertThat(out.err()).contains("already exists; choose another directory or remove it");
    }
}
