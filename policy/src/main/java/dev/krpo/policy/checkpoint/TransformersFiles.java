package dev.krpo.policy.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.krpo.policy.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Files that make {@code AutoTokenizer} and {@code AutoModelForCausalLM} of Hugging Face transformers read a checkpoint
 * correctly. Without them, AutoTokenizer uses the original Llama tokenizer for a {@code model_type} of llama, which
 * prepends its own token, outside the vocabulary, to every text.
 */
final class TransformersFiles {

    private static final ObjectMapper JSON = new ObjectMapper();

    private TransformersFiles() {}

    /**
     * File contents by name.
     *
     * @param maxPositions maximum sequence length of the model, in tokens
     */
    static Map<String, String> of(Tokenizer tokenizer, int maxPositions) {
        ObjectNode tokens = JSON.createObjectNode()
                .put("bos_token", tokenizer.token(tokenizer.bosId()))
                .put("eos_token", tokenizer.token(tokenizer.eosId()))
                .put("pad_token", tokenizer.token(tokenizer.padId()));
        ObjectNode config = JSON.createObjectNode().put("tokenizer_class", "PreTrainedTokenizerFast");
        config.setAll(tokens);
        // The completions of a batch start at the same position only with left padding.
        config.put("padding_side", "left")
                .put("model_max_length", maxPositions)
                .put("clean_up_tokenization_spaces", false);
        config.putArray("model_input_names").add("input_ids").add("attention_mask");
        ObjectNode generation = JSON.createObjectNode()
                .put("bos_token_id", tokenizer.bosId())
                .put("eos_token_id", tokenizer.eosId())
                .put("pad_token_id", tokenizer.padId());
        Map<String, String> files = new LinkedHashMap<>();
        files.put("tokenizer_config.json", text(config));
        files.put("special_tokens_map.json", text(tokens));
        files.put("generation_config.json", text(generation));
        return files;
    }

    private static String text(ObjectNode json) {
        return json.toPrettyString() + "\n";
    }
}
