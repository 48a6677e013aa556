package dev.krpo.policy.checkpoint;

import dev.krpo.policy.model.ModelConfig;
import dev.krpo.policy.tokenizer.Tokenizer;
import java.util.Map;

/**
 * What a checkpoint holds.
 *
 * @param weights by Hugging Face name
 * @param optimizer what a resumed optimizer needs; empty for a bare model
 */
public record CheckpointContents(
        ModelConfig config, Tokenizer tokenizer, Map<String, HostTensor> weights, Map<String, HostTensor> optimizer) {}
