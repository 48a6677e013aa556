package dev.krpo.policy.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.krpo.policy.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The files beside the weights that make {@code AutoTokenizer} and {@code AutoModelForCausalLM} of Hugging Face
 * transformers read a checkpoint correctly: those of the tokenizer, and what it lacks. Without a configuration,
 * AutoTokenizer uses the original Llama tokenizer for a {@code model_type} of llama, which prepends its own token,
 * outside the vocabulary, to every text.
 */
final class TransformersFiles {

    private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    private TransformersFiles() {}

    /**
     * File contents by path within the directory.
     *
     * @param maxPositions maximum sequence length of the model, in tokens
     */
    static Map<String, byte[]> of(Tokenizer tokenizer, int maxPositions) {
        Map<String, byte[]> files = new LinkedHashMap<>(tokenizer.files());
        if (files.containsKey(TOKENIZER_CONFIG)) {
            return files;
        }
        ObjectNode tokens = JSON.createObjectNode();
        ObjectNode ids = JSON.createObjectNode();
        tokenizer.bosId().ifPresent(bos -> {
            tokens.put("bos_token", tokenizer.token(bos));
            ids.put("bos_token_id", bos);
        });
        tokens.put("eos_token", tokenizer.token(tokenizer.eosId()));
        ids.put("eos_token_id", tokenizer.eosId());
        tokens.put("pad_token", tokenizer.token(tokenizer.padId()));
        ids.put("pad_token_id", tokenizer.padId());
        ObjectNode config = JSON.createObjectNode().put("tokenizer_class", "PreTrainedTokenizerFast");
        config.setAll(tokens);
        // The completions of a batch start at the same position only with left padding.
        config.put("padding_side", "left")
                .put("model_max_length", maxPositions)
                .put("clean_up_tokenization_spaces", false);
        config.putArray("model_input_names").add("input_ids").add("attention_mask");
        files.put(TOKENIZER_CONFIG, bytes(config));
        files.putIfAbsent("special_tokens_map.json", bytes(tokens));
        files.putIfAbsent("generation_config.json", bytes(ids));
        return files;
    }

    private static byte[] bytes(ObjectNode json) {
        return (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
