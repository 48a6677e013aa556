package dev.krpo.cli;

import dev.krpo.policy.checkpoint.CheckpointContents;
import dev.krpo.policy.checkpoint.CheckpointRef;
import dev.krpo.policy.checkpoint.CheckpointStore;
import dev.krpo.policy.checkpoint.CheckpointStores;
import dev.krpo.policy.checkpoint.WeightType;
import dev.krpo.settings.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code krpo export}: writes a version as a model for other programs. */
@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Write a policy version for other programs: without the optimizer state, in the base model's type.",
            "Versions have float32 weights, from which training resumes exactly; bfloat16 and float16 round each"
                    + " weight to the nearest value and take half the space."
        },
        footer = {"", "Example: krpo export --checkpoint checkpoints/v00000120-5f0a93c7 --out model"})
final class ExportCommand implements Callable<Integer> {

    @Option(names = "--checkpoint", required = true, paramLabel = "DIR", description = "The version's directory.")
    private Path checkpoint;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Output directory; must not exist yet.")
    private Path out;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "float32, bfloat16 or float16 (default: the type of the base model).")
    private String type;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Optional<WeightType> wanted = Optional.ofNullable(type).map(ExportCommand::named);
        Path target = out.toAbsolutePath().normalize();
        if (Files.exists(target)) {
            throw new UsageException("--out " + out + " already exists; choose another directory or remove it");
        }
        CheckpointContents model = CheckpointContents.model(checkpoint, wanted);
        CheckpointStore store = CheckpointStores.at(target.getParent().toString());
        store.create();
        CheckpointRef written = store.write(target.getFileName().toString(), model);
        spec.commandLine()
                .getOut()
                .printf(
                        "wrote %s: %s, %d bytes, sha256 %s%n",
                        out, model.type().torchName(), written.sizeBytes(), written.sha256());
        return Krpo.OK;
    }

    private static WeightType named(String type) {
        try {
            return WeightType.named(type);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--dtype: " + e.getMessage(), e);
        }
    }
}
