package dev.krpo.runtime.settings;

import dev.krpo.settings.Section;
import dev.krpo.settings.Setting;
import java.nio.file.Path;
import java.util.List;

/** The policy, the location of its checkpoints, and the device that it runs on. */
public final class PolicySettings {

    public static final Section SECTION = Section.of("policy", "Policy", "trainer, worker, eval");

    public static final Setting<String> NAME =
            SECTION.text("name", "default").doc("Name of the policy; key of its versions and steps.");
    public static final Setting<String> CHECKPOINTS = SECTION.text(
                    "checkpoints", "checkpoints", ".+", "a path or a URI")
            .doc("The checkpoint store, which the trainer writes and every worker reads: a path or a file: URI of a"
                    + " directory, local or on a shared file system.");
    public static final Setting<Path> BASE_MODEL = SECTION.path("baseModel", "base-model")
            .doc("Hugging Face directory that becomes version 0 (config.json, model.safetensors, tokenizer.json).");
    public static final Setting<String> DEVICE = SECTION.choice("device", "auto", List.of("auto", "cpu", "gpu"))
            .doc("Device for tensors; auto uses a GPU if there is one.");
    public static final Setting<Integer> THREADS = SECTION.integer("threads", 1)
            .between(1, 1024)
            .unit("threads")
            .doc("Intra-op threads of the tensor engine in this process. Results are bit-identical for the same"
                    + " number of threads.");

    private PolicySettings() {}
}
