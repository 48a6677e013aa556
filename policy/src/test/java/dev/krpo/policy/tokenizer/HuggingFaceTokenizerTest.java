package dev.krpo.policy.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.krpo.policy.RealModel;
import dev.krpo.policy.chat.ChatTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares with AutoTokenizer of transformers; see tools/golden/tokenizer_ids.py. */
class HuggingFaceTokenizerTest {

    private static final Path FOLDER = Path.of("src/test/resources/golden/tokenizers");
    private static final List<String> KINDS = List.of("byte-level", "sentence-piece", "unigram");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path temporary;

    @Test
    void shouldEncodeAndDecodeAsTransformersDoes() throws IOException {
        for (String kind : KINDS) {
            compare(load(kind), golden(kind));
        }
    }

    @Test
    void shouldEncodeAndDecodeAsTransformersDoesWithARealModel() throws IOException {
        Tokenizer tokenizer = HuggingFaceTokenizer.load(RealModel.smolLm2());
        JsonNode golden = golden("smollm2");

        compare(tokenizer, golden);

        String prompt = ChatTemplate.of(tokenizer)
                .orElseThrow()
                .prompt(List.of(Map.of("role", "user", "content", "Grüße! What is 4 + 18? 👋")));
        assertThat(tokenizer.encode(prompt)).isEqualTo(ints(golden.get("chat")));
        assertThat(tokenizer.padId()).isEqualTo(tokenizer.eosId()).isEqualTo(2);
    }

    private static void compare(Tokenizer tokenizer, JsonNode golden) {
        assertThat(tokenizer.vocabularySize()).isEqualTo(golden.get("size").asInt());
        assertThat(golden.get("cases")).isNotEmpty();
        for (JsonNode one : golden.get("cases")) {
            String text = one.get("text").asText();
            int[] ids = tokenizer.encode(text);
            assertThat(ids).as("ids of %s", one.get("text")).isEqualTo(ints(one.get("ids")));
            assertThat(tokenizer.decode(ids))
                    .as("%s decoded", one.get("text"))
                    .isEqualTo(one.get("decoded").asText());
            if (!text.contains("<s>") && !text.contains("begun")) {
                assertThat(tokenizer.encodePrompt(text))
                        .as("prompt %s", one.get("text"))
                        .isEqualTo(ints(one.get("prompt")));
            }
        }
    }

    @Test
    void shouldStartAPromptWithExactlyOneBeginningToken() throws IOException {
        Tokenizer tokenizer = load("sentence-piece");
        int bos = tokenizer.bosId().orElseThrow();

        for (String text : List.of("Hello", "<s>Hello", "<s><s>Hello")) {
            int[] ids = tokenizer.encodePrompt(text);
            assertThat(ids).as(text).startsWith(bos).doesNotHaveDuplicates();
            assertThat(IntStream.of(ids).filter(id -> id == bos)).as(text).hasSize(1);
        }
        assertThat(load("byte-level").bosId()).isEmpty();
    }

    @Test
    void shouldStopAtEveryEndTokenOfTheGenerationConfig() throws IOException {
        Tokenizer tokenizer = load("byte-level");
        int[] ends = tokenizer.encode("<|im_end|><|endoftext|>");

        assertThat(ends).hasSize(2);
        assertThat(IntStream.of(ends)).allMatch(tokenizer::isEnd);
        assertThat(tokenizer.isEnd(tokenizer.encode("<|im_start|>")[0])).isFalse();
        assertThat(tokenizer.eosId()).isEqualTo(ends[0]);
        assertThat(tokenizer.padId()).isEqualTo(ends[1]);
        assertThat(load("unigram").stopStrings()).containsExactly("\nQ:");
    }

    @Test
    void shouldPadWithTheEndTokenIfTheModelHasNoPaddingToken() throws IOException {
        Tokenizer tokenizer = changed("byte-level", "tokenizer_config.json", json -> json.remove("pad_token"));
        assertThat(tokenizer.token(tokenizer.padId())).isEqualTo("<|endoftext|>");

        Files.delete(temporary.resolve("generation_config.json"));
        assertThat(load(temporary).padId()).isEqualTo(tokenizer.eosId());
    }

    @Test
    void shouldTakeTheEndTokensOfTheModelIfThereIsNoGenerationConfig() throws IOException {
        changed("byte-level", "tokenizer_config.json", json -> json.remove(List.of("eos_token", "pad_token")));
        Files.delete(temporary.resolve("generation_config.json"));
        assertThatThrownBy(() -> load(temporary))
                .hasMessageContaining("generation_config.json: eos_token_id is missing");

        Files.writeString(temporary.resolve("config.json"), "{\"eos_token_id\": [5, 7], \"pad_token_id\": -1}");
        Tokenizer tokenizer = load(temporary);
        assertThat(tokenizer.eosId()).isEqualTo(5);
        assertThat(tokenizer.isEnd(7)).isTrue();
        assertThat(tokenizer.padId()).isEqualTo(5);
    }

    @Test
    void shouldOmitIdsBeyondTheVocabularyAndSpecialTokensFromTexts() throws IOException {
        Tokenizer tokenizer = load("byte-level");
        int[] ids = tokenizer.encode("a<|im_end|><tool>b");
        int[] withUnknown = IntStream.concat(IntStream.of(ids), IntStream.of(tokenizer.vocabularySize(), 151_000))
                .toArray();

        assertThat(tokenizer.decode(withUnknown)).isEqualTo("a<tool>b");
        assertThatThrownBy(() -> tokenizer.token(tokenizer.vocabularySize()))
                .hasMessageContaining("Token " + tokenizer.vocabularySize());
        assertThatThrownBy(() -> tokenizer.decode(new int[] {-1})).hasMessageContaining("-1 is negative");
    }

    @Test
    void shouldRejectTokensThatTheModelDoesNotKnow() throws IOException {
        Path folder = copy("byte-level");
        int size = load(folder).vocabularySize();
        Files.writeString(folder.resolve("config.json"), "{\"vocab_size\": " + (size - 1) + "}");
        Tokenizer tokenizer = load(folder);

        assertThat(tokenizer.vocabularySize()).isEqualTo(size - 1);
        assertThatThrownBy(() -> tokenizer.encode("a <tool>"))
                .hasMessageContaining("the token <tool> with the id " + (size - 1))
                .hasMessageContaining("vocab_size is " + (size - 1));

        Files.writeString(folder.resolve("config.json"), "{\"vocab_size\": 100}");
        assertThat(load(folder).vocabularySize())
                .as("a tokenizer of another model")
                .isEqualTo(size);
    }

    @Test
    void shouldRejectHalfACharacterInAText() throws IOException {
        Tokenizer tokenizer = load("byte-level");

        assertThatThrownBy(() -> tokenizer.encode("ok\uD83D?")).hasMessageContaining("U+D83D) at position 2");
        assertThatThrownBy(() -> tokenizer.encode("\uDE00")).hasMessageContaining("U+DE00) at position 0");
    }

    @Test
    void shouldNameFileFieldAndRemedyOfAnInvalidTokenizer() throws IOException {
        assertThatThrownBy(() -> changed("byte-level", "tokenizer_config.json", json -> json.put("pad_token", "[PAD]")))
                .hasMessageContaining("tokenizer_config.json: pad_token is \"[PAD]\"")
                .hasMessageContaining("remove the field");
        assertThatThrownBy(
                        () -> changed("byte-level", "generation_config.json", json -> json.put("eos_token_id", 9999)))
                .hasMessageContaining("generation_config.json")
                .hasMessageContaining("eos_token_id has 9999");
        assertThatThrownBy(() -> changed(
                        "unigram", "tokenizer_config.json", json -> json.put("clean_up_tokenization_spaces", true)))
                .hasMessageContaining("clean_up_tokenization_spaces is true")
                .hasMessageContaining("set it to false");
        assertThatThrownBy(() -> changed("byte-level", "tokenizer.json", json -> json.remove("model")))
                .hasMessageContaining("tokenizer.json: model.vocab");
        assertThatThrownBy(() -> changed(
                        "byte-level", "tokenizer.json", json -> ((ObjectNode) json.get("model")).put("type", "Other")))
                .hasMessageContaining("tokenizer.json cannot be read by Hugging Face tokenizers");
        assertThatThrownBy(() -> HuggingFaceTokenizer.load(temporary.resolve("nowhere")))
                .hasMessageContaining("tokenizer.json is missing");
    }

    @Test
    void shouldIgnoreTruncationAndPaddingOfTheFileAsTransformersDoes() throws IOException {
        String text = "Hello, world! Hello again, world.";
        Tokenizer tokenizer = changed("byte-level", "tokenizer.json", json -> {
            json.putObject("truncation")
                    .put("direction", "Right")
                    .put("max_length", 3)
                    .put("strategy", "LongestFirst")
                    .put("stride", 0);
            json.putObject("padding")
                    .put("direction", "Left")
                    .put("pad_id", 0)
                    .put("pad_type_id", 0)
                    .put("pad_token", "!")
                    .putObject("strategy")
                    .put("Fixed", 64);
        });

        assertThat(tokenizer.encode(text)).isEqualTo(load("byte-level").encode(text));
    }

    @Test
    void shouldDecodeOneByOneToTheSameTextWithoutReplacementsWithinCharacters() throws IOException {
        List<Tokenizer> tokenizers = new ArrayList<>();
        for (String kind : KINDS) {
            tokenizers.add(load(kind));
        }
        SplittableRandom random = new SplittableRandom(2026);
        for (int i = 0; i < 300; i++) {
            String text = randomText(random);
            for (Tokenizer tokenizer : tokenizers) {
                int[] ids = tokenizer.encode(text);
                List<String> parts = decodeOneByOne(tokenizer, ids);

                String where = "seed 2026, text " + i + ": " + text;
                assertThat(String.join("", parts)).as(where).isEqualTo(tokenizer.decode(ids));
                assertThat(parts).as(where).allSatisfy(part -> assertThat(part).isEqualTo(whole(part)));
                assertThat(parts).as(where).noneMatch(part -> part.contains("\uFFFD"));
            }
        }
    }

    @Test
    void shouldDecodeAnyIdsOneByOneToTheSameText() throws IOException {
        SplittableRandom random = new SplittableRandom(77);
        for (String kind : KINDS) {
            Tokenizer tokenizer = load(kind);
            for (int i = 0; i < 500; i++) {
                int[] ids = random.ints(random.nextInt(1, 24), 0, tokenizer.vocabularySize() + 3)
                        .toArray();

                assertThat(String.join("", decodeOneByOne(tokenizer, ids)))
                        .as(
                                "seed 77, %s, ids %s",
                                kind, IntStream.of(ids).boxed().toList())
                        .isEqualTo(tokenizer.decode(ids));
            }
        }
    }

    @Test
    void shouldRoundTripTextsThroughIds() throws IOException {
        SplittableRandom random = new SplittableRandom(5);
        Tokenizer tokenizer = load("sentence-piece");
        for (int i = 0; i < 300; i++) {
            String text = randomText(random);
            assertThat(tokenizer.decode(tokenizer.encode(text)))
                    .as("seed 5, text %d", i)
                    .isEqualTo(text);
        }
    }

    @Test
    void shouldReuseAnUnchangedTokenizerAndKeepItsFiles() throws IOException {
        Path folder = copy("byte-level");
        Files.createDirectory(folder.resolve("chat_templates"));
        Files.writeString(folder.resolve("chat_templates/rag.jinja"), "{{ documents }}\r\n");
        Files.write(folder.resolve("model.safetensors"), new byte[8]);

        Tokenizer first = Tokenizers.load(folder.resolve("tokenizer.json"));
        Tokenizer again = Tokenizers.load(folder.resolve("tokenizer.json"));

        assertThat(again).isSameAs(first);
        assertThat(first.files().keySet())
                .containsExactlyInAnyOrder(
                        "tokenizer.json",
                        "tokenizer_config.json",
                        "generation_config.json",
                        "chat_templates/rag.jinja");
        for (Map.Entry<String, byte[]> file : first.files().entrySet()) {
            assertThat(file.getValue()).as(file.getKey()).isEqualTo(Files.readAllBytes(folder.resolve(file.getKey())));
        }
        assertThat(first).isEqualTo(load("byte-level")).isNotEqualTo(load("unigram"));
        assertThat(changed("byte-level", "generation_config.json", json -> json.put("eos_token_id", 3)))
                .as("another end token")
                .isNotEqualTo(first);
    }

    @Test
    void shouldRecogniseTheCharacterTokenizer() throws IOException {
        CharTokenizer characters = new CharTokenizer("0123+=");
        Files.write(temporary.resolve("tokenizer.json"), characters.files().get("tokenizer.json"));

        assertThat(Tokenizers.load(temporary.resolve("tokenizer.json"))).isEqualTo(characters);
    }

    private static List<String> decodeOneByOne(Tokenizer tokenizer, int[] ids) {
        StreamingDecoder decoder = tokenizer.streamingDecoder();
        List<String> parts = new ArrayList<>();
        for (int id : ids) {
            parts.add(decoder.add(id));
        }
        parts.add(decoder.finish());
        return parts;
    }

    /** The text without half characters at its ends. */
    private static String whole(String text) {
        boolean startsLow = !text.isEmpty() && Character.isLowSurrogate(text.charAt(0));
        boolean endsHigh = !text.isEmpty() && Character.isHighSurrogate(text.charAt(text.length() - 1));
        return text.substring(startsLow ? 1 : 0, text.length() - (endsHigh ? 1 : 0));
    }

    private static String randomText(SplittableRandom random) {
        String[] pieces = {
            "a", "Hello", " ", "  ", "\n", "ß", "é", "世", "界", "👋", "👩‍👧", "𝕬", "\u0000", "1", ".", "the "
        };
        StringBuilder text = new StringBuilder();
        random.ints(random.nextInt(1, 20), 0, pieces.length).forEach(piece -> text.append(pieces[piece]));
        return text.toString();
    }

    private Tokenizer changed(String kind, String file, Consumer<ObjectNode> change) throws IOException {
        Path folder = copy(kind);
        ObjectNode json = (ObjectNode) JSON.readTree(folder.resolve(file).toFile());
        change.accept(json);
        Files.writeString(folder.resolve(file), json.toString());
        return load(folder);
    }

    private Path copy(String kind) throws IOException {
        for (String file : List.of("tokenizer.json", "tokenizer_config.json", "generation_config.json")) {
            Files.write(
                    temporary.resolve(file),
                    Files.readAllBytes(FOLDER.resolve(kind).resolve(file)));
        }
        return temporary;
    }

    private static Tokenizer load(String kind) throws IOException {
        return load(FOLDER.resolve(kind));
    }

    private static Tokenizer load(Path folder) throws IOException {
        return HuggingFaceTokenizer.load(folder);
    }

    private static JsonNode golden(String kind) throws IOException {
        return JSON.readTree(FOLDER.resolve(kind).resolve("golden.json").toFile());
    }

    private static int[] ints(JsonNode array) {
        return array.valueStream().mapToInt(JsonNode::asInt).toArray();
    }
}
