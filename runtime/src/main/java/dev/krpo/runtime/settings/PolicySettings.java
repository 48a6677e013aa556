package dev.krpo.runtime.settings;

import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;

/** Which policy, where its checkpoints are, and what it runs on. */
public final class PolicySettings extends AbstractConfig {

    private static final String NAME = "policy.name";
    private static final String CHECKPOINTS = "policy.checkpoints";
    private static final String BASE_MODEL = "policy.baseModel";
    private static final String DEVICE = "policy.device";
    private static final String THREADS = "policy.threads";

    public static final ConfigDef DEFINITION = new ConfigDef()
            .define(
                    NAME,
                    Type.STRING,
                    "default",
                    new ConfigDef.NonEmptyString(),
                    Importance.MEDIUM,
                    "Name of the policy; key of its versions and steps.")
            .define(
                    CHECKPOINTS,
                    Type.STRING,
                    "checkpoints",
                    new ConfigDef.NonEmptyString(),
                    Importance.HIGH,
                    "Directory of the checkpoint store; the trainer writes it and every worker reads it.")
            .define(
                    BASE_MODEL,
                    Type.STRING,
                    "base-model",
                    new ConfigDef.NonEmptyString(),
                    Importance.HIGH,
                    "Hugging Face directory that becomes version 0 (config.json, model.safetensors, tokenizer.json).")
            .define(
                    DEVICE,
                    Type.STRING,
                    "auto",
                    ConfigDef.ValidString.in("auto", "cpu", "gpu"),
                    Importance.MEDIUM,
                    "What tensors live on: auto takes a GPU when there is one.")
            .define(
                    THREADS,
                    Type.INT,
                    1,
                    ConfigDef.Range.between(1, 1024),
                    Importance.MEDIUM,
                    "Intra-op threads of the tensor engine in this process. The same number gives the same bits.");

    public PolicySettings(Map<String, ?> config) {
        super(DEFINITION, config, false);
    }

    public String name() {
        return getString(NAME);
    }

    public Path checkpoints() {
        return Path.of(getString(CHECKPOINTS));
    }

    public Path baseModel() {
        return Path.of(getString(BASE_MODEL));
    }

    public String device() {
        return getString(DEVICE);
    }

    public int threads() {
        return getInt(THREADS);
    }
}
