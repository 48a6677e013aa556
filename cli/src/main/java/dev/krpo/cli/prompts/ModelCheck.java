package dev.krpo.cli.prompts;

import dev.krpo.policy.checkpoint.DirectoryCheckpointStore;
import dev.krpo.policy.family.ModelFamilies;
import dev.krpo.policy.tokenizer.Tokenizer;
import dev.krpo.policy.tokenizer.Tokenizers;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.schemas.Prompt;
import dev.krpo.settings.Config;
import dev.krpo.settings.UsageException;
import dev.krpo.trainer.settings.SchedulerSettings;
import dev.krpo.worker.task.PromptEncoder;
import dev.krpo.worker.task.UnusablePromptException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/** Checks that a model can process a prompt; needs its configuration and tokenizer, not its weights. */
public final class ModelCheck implements Consumer<Prompt> {

    private final PromptEncoder encoder;
    private final int maxNewTokens;

    private ModelCheck(Path model, int maxNewTokens) {
        try {
            encoder = new PromptEncoder(
                    Tokenizers.load(model.resolve(DirectoryCheckpointStore.TOKENIZER)),
                    ModelFamilies.load(model.resolve(DirectoryCheckpointStore.CONFIG))
                            .maxPositions());
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException(
                    "the model in " + model + " cannot be read: " + e.getMessage()
                            + "; set a Hugging Face directory with --model DIR or " + PolicySettings.BASE_MODEL,
                    e);
        }
        this.maxNewTokens = maxNewTokens;
    }

    /**
     * The check for the model given by the option or by {@code policy.baseModel}; empty if neither is given, or if the
     * setting's directory is not on this machine.
     *
     * @param model the option's value, or null
     * @throws UsageException if the model cannot be read
     */
    public static Optional<ModelCheck> of(Path model, Config config) {
        int maxNewTokens = config.get(SchedulerSettings.MAX_NEW_TOKENS);
        if (model != null) {
            return Optional.of(new ModelCheck(model, maxNewTokens));
        }
        Path base = config.get(PolicySettings.BASE_MODEL);
        return config.has(PolicySettings.BASE_MODEL) && Files.isDirectory(base)
                ? Optional.of(new ModelCheck(base, maxNewTokens))
                : Optional.empty();
    }

    public Tokenizer tokenizer() {
        return encoder.tokenizer();
    }

    /** @throws UsageException if the model cannot process the prompt, naming the value and the remedy */
    @Override
    public void accept(Prompt prompt) {
        try {
            encoder.encode(prompt, maxNewTokens);
        } catch (UnusablePromptException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }
}
