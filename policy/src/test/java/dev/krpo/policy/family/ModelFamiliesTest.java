package dev.krpo.policy.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFamiliesTest {

    private static final String LLAMA_3_2_1B = """
            {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0,
             "bos_token_id": 128000, "eos_token_id": [128001, 128008, 128009], "head_dim": 64, "hidden_act": "silu",
             "hidden_size": 2048, "initializer_range": 0.02, "intermediate_size": 8192,
             "max_position_embeddings": 131072, "mlp_bias": false, "model_type": "llama", "num_attention_heads": 32,
             "num_hidden_layers": 16, "num_key_value_heads": 8, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
             "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
                              "original_max_position_embeddings": 8192, "rope_type": "llama3"},
             "rope_theta": 500000.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
             "transformers_version": "4.45.0.dev0", "use_cache": true, "vocab_size": 128256}""";

    private static final String QWEN_2_5_0_5B = """
            {"architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 151643,
             "eos_token_id": 151645, "hidden_act": "silu", "hidden_size": 896, "initializer_range": 0.02,
             "intermediate_size": 4864, "max_position_embeddings": 32768, "max_window_layers": 21,
             "model_type": "qwen2", "num_attention_heads": 14, "num_hidden_layers": 24, "num_key_value_heads": 2,
             "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "sliding_window": 32768, "tie_word_embeddings": true,
             "torch_dtype": "bfloat16", "transformers_version": "4.43.1", "use_cache": true,
             "use_sliding_window": false, "vocab_size": 151936}""";

    private static final String QWEN_3_0_6B = """
            {"architectures": ["Qwen3ForCausalLM"], "attention_bias": false, "attention_dropout": 0.0,
             "bos_token_id": 151643, "eos_token_id": 151645, "head_dim": 128, "hidden_act": "silu",
             "hidden_size": 1024, "initializer_range": 0.02, "intermediate_size": 3072,
             "max_position_embeddings": 40960, "max_window_layers": 28, "model_type": "qwen3",
             "num_attention_heads": 16, "num_hidden_layers": 28, "num_key_value_heads": 8, "rms_norm_eps": 1e-06,
             "rope_scaling": null, "rope_theta": 1000000, "sliding_window": null, "tie_word_embeddings": true,
             "torch_dtype": "bfloat16", "transformers_version": "4.51.0", "use_cache": true,
             "use_sliding_window": false, "vocab_size": 151936}""";

    private static final String MISTRAL_7B_V0_3 = """
            {"architectures": ["MistralForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2,
             "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 14336,
             "max_position_embeddings": 32768, "model_type": "mistral", "num_attention_heads": 32,
             "num_hidden_layers": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_theta": 1000000.0,
             "sliding_window": null, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
             "transformers_version": "4.42.0.dev0", "use_cache": true, "vocab_size": 32768}""";

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {LLAMA_3_2_1B, QWEN_2_5_0_5B, QWEN_3_0_6B, MISTRAL_7B_V0_3})
    void shouldWriteBackEverythingThatAPublishedConfigurationSays(String published) throws IOException {
        ModelConfig config = read(published);

        String written = ModelFamilies.toJson(config, "float32", OptionalInt.of(1), 2, 0);

        assertThat(read(written)).isEqualTo(config);
        JsonNode after = JSON.readTree(written);
        JSON.readTree(published).properties().forEach(field -> {
            String name = field.getKey();
            if (!name.startsWith("rope_") && !name.equals("torch_dtype")) {
                assertThat(after.path(name)).as(name).isEqualTo(field.getValue());
            }
        });
        assertThat(after.path("torch_dtype").asText()).isEqualTo("float32");
        assertThat(ModelFamilies.baseType(config)).isEqualTo("bfloat16");
    }

    @Test
    void shouldDescribeThePartsOfEachFamily() throws IOException {
        ModelConfig llama = read(LLAMA_3_2_1B);
        assertThat(llama.rope().scaling()).isEqualTo(new Llama3Scaling(32, 1, 4, 8192));
        assertThat(parameters(llama)).isEqualTo(1_235_814_400L);

        ModelConfig qwen2 = read(QWEN_2_5_0_5B);
        assertThat(qwen2.parameterShapes().get("model.layers.23.self_attn.k_proj.bias"))
                .containsExactly(128);
        assertThat(qwen2.parameterShapes()).doesNotContainKey("model.layers.0.self_attn.o_proj.bias");
        assertThat(parameters(qwen2)).isEqualTo(494_032_768L);

        ModelConfig qwen3 = read(QWEN_3_0_6B);
        assertThat(qwen3.parameterShapes().get("model.layers.0.self_attn.q_norm.weight"))
                .containsExactly(128);
        assertThat(qwen3.parameterShapes().get("model.layers.0.self_attn.o_proj.weight"))
                .containsExactly(1024, 2048);
        assertThat(parameters(qwen3)).isEqualTo(596_049_920L);

        assertThat(parameters(read(MISTRAL_7B_V0_3))).isEqualTo(7_248_023_552L);
    }

    private static long parameters(ModelConfig config) {
        return config.parameterShapes().values().stream()
                .mapToLong(shape -> shape.length == 1 ? shape[0] : shape[0] * shape[1])
                .sum();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'silu' | 'gelu' | hidden_act is \"gelu\"; this decoder supports only silu",
                "'llama' | 'gemma3_text' | model_type is \"gemma3_text\"; there is no model family \"gemma3_text\";"
                        + " use one of llama = Llama 1 to 3, SmolLM2; qwen2 = Qwen2 and Qwen2.5;",
                "'num_hidden_layers': 16 | 'num_hidden_layers': 0 | num_hidden_layers is 0; a whole number above 0",
                "'attention_bias': false | 'attention_bias': 1 | attention_bias is 1; true or false is needed",
                "'head_dim': 64 | 'head_dim': 63 | head_dim is 63; an even number above 0 is needed",
                "'llama3' | 'longrope' | rope_scaling.rope_type is \"longrope\"; this decoder supports only default,",
                "'factor': 32.0 | 'factor': 0.5 | rope_scaling.factor is 0.5; at least 1 is needed",
                "'low_freq_factor' | 'low_factor' | rope_scaling.low_factor is 1.0; this field is not supported",
                "'high_freq_factor': 4.0 | 'high_freq_factor': 1.0 | rope_scaling.high_freq_factor is 1.0; more than",
                "'use_cache': true | 'partial_rotary_factor': 0.5 | partial_rotary_factor is 0.5;",
                "'use_cache': true | 'quantization_config': {'bits': 4} | quantization_config is {\"bits\":4};",
                "'use_cache': true | 'layer_types': ['sliding_attention'] | layer_types is [\"sliding_attention\"];",
            })
    void shouldNameTheFieldTheValueAndTheRemedy(String from, String to, String words) {
        String changed = LLAMA_3_2_1B.replace(from.replace('\'', '"'), to.replace('\'', '"'));

        assertThat(changed).isNotEqualTo(LLAMA_3_2_1B);
        assertThatThrownBy(() -> read(changed))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("config.json: ")
                .hasMessageContaining(words);
    }

    @Test
    void shouldRejectASlidingWindowThatWouldMatter() throws IOException {
        assertThatThrownBy(() -> read(MISTRAL_7B_V0_3.replace("\"sliding_window\": null", "\"sliding_window\": 4096")))
                .hasMessageContaining("sliding_window is 4096, fewer than the 32768 of max_position_embeddings")
                .hasMessageContaining("set max_position_embeddings to 4096");
        assertThatThrownBy(() -> read(MISTRAL_7B_V0_3.replace("\"sliding_window\": null, ", "")))
                .hasMessageContaining("sliding_window is 4096");
        assertThat(read(MISTRAL_7B_V0_3.replace("\"sliding_window\": null", "\"sliding_window\": 32768"))
                        .maxPositions())
                .isEqualTo(32768);
        assertThatThrownBy(() ->
                        read(QWEN_2_5_0_5B.replace("\"use_sliding_window\": false", "\"use_sliding_window\": true")))
                .hasMessageContaining("use_sliding_window is true; this decoder supports only false");
    }

    @Test
    void shouldRequireTheFieldsWhoseDefaultDependsOnTheVersion() {
        assertThatThrownBy(() -> read(QWEN_3_0_6B.replace("\"head_dim\"", "\"other\"")))
                .hasMessageContaining("head_dim is missing; add it to the file");
        assertThatThrownBy(() -> read(QWEN_2_5_0_5B.replace("\"num_key_value_heads\"", "\"other\"")))
                .hasMessageContaining("num_key_value_heads is missing; add it to the file");
    }

    private ModelConfig read(String json) throws IOException {
        return ModelFamilies.load(Files.writeString(folder.resolve("config.json"), json));
    }
}
