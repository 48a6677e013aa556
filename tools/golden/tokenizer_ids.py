"""Golden ids and texts for HuggingFaceTokenizerTest, from AutoTokenizer of transformers.

    pip install transformers tokenizers
    python tools/golden/tokenizer_ids.py SMOLLM2 policy/src/test/resources/golden/tokenizers

SMOLLM2 is what tools/models/smollm2.sh makes; only ids are kept of it. The tiny tokenizers of the other kinds are made
here and kept whole. Made with transformers 5.24.0 and tokenizers 0.23.3.
"""

import json
import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

smollm2, out = map(Path, sys.argv[1:3])

CORPUS = [
    "What is 4 + 18? Answer with the number only.",
    "Hello, world! Hello again, world.",
    "  two  spaces,   three ",
    "Grüße aus Köln: größer, süß, Äpfel",
    "naïve café e\u0301 \u00c5ngstro\u0308m",
    "你好，世界！日本語のテキスト。한국어도",
    "👋 emoji 👩‍👩‍👧‍👦 🇩🇪 👍🏽",
    "line one\nline two\r\nline three\n\n\n\ttabbed\n",
    "def f(x):\n    return x ** 2  # comment\n",
    "1234567890 3.14159 1e-9 2026-11-25",
    "\u00a0no-break\u3000ideographic\u200bzero-width\ufeffbom",
    "مرحبا بالعالم שלום עולם",
    "𝕬𝖇𝖈 \U00020000 \u0000 nul",
    "<|im_start|>user\nHi<|im_end|>\n<s> </s> <pad> <eos> <tool> x<tool>y",
    "the replacement \ufffd character",
    "a",
    " ",
    "\n",
    "",
]


def cases(tokenizer, texts):
    found = []
    for text in texts:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        found.append({
            "text": text,
            "ids": ids,
            "prompt": tokenizer(text)["input_ids"],
            "decoded": tokenizer.decode(ids, skip_special_tokens=True),
        })
    return found


def write(folder, content):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "golden.json").write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"{folder.name}: {len(content['cases'])} texts")


tokenizer = AutoTokenizer.from_pretrained(smollm2)
chat = [{"role": "user", "content": "Grüße! What is 4 + 18? 👋"}]
write(out / "smollm2", {
    "size": len(tokenizer),
    "chat": tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False),
    "cases": cases(tokenizer, CORPUS),
})


def save(name, built, config, generation, extra_texts=()):
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    built.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")
    loaded = PreTrainedTokenizerFast.from_pretrained(folder)
    write(folder, {"size": len(loaded), "cases": cases(loaded, CORPUS + list(extra_texts))})


# Like Qwen: bytes as characters, no beginning token, control tokens that are special and some that are not.
byte_level = Tokenizer(models.BPE())
byte_level.normalizer = normalizers.NFC()
byte_level.pre_tokenizer = pre_tokenizers.Sequence([
    pre_tokenizers.Split(Regex(r"'s|\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"), "isolated"),
    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
])
byte_level.decoder = decoders.ByteLevel()
byte_level.post_processor = processors.ByteLevel(trim_offsets=False)
byte_level.train_from_iterator(CORPUS * 2, trainers.BpeTrainer(
    vocab_size=360, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
byte_level.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
byte_level.add_tokens([AddedToken("<tool>", special=False, normalized=False)])
ends = [byte_level.token_to_id("<|im_end|>"), byte_level.token_to_id("<|endoftext|>")]
save("byte-level", byte_level,
     {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
      "clean_up_tokenization_spaces": False},
     {"eos_token_id": ends, "pad_token_id": ends[1]})

# Like Llama 2: SentencePiece's byte-pair encoding with bytes for unknown characters, and a beginning token.
trained = Tokenizer(models.BPE(unk_token="<unk>"))
sentence_piece = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
trained.normalizer = sentence_piece
trained.train_from_iterator([text for text in CORPUS if text.isascii()], trainers.BpeTrainer(
    vocab_size=160, special_tokens=["<unk>", "<s>", "</s>"], show_progress=False))
model = json.loads(trained.to_str())["model"]
pieces = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
pieces += [piece for piece in sorted(model["vocab"], key=model["vocab"].get) if piece not in pieces]
llama = Tokenizer(models.BPE(
    vocab={piece: id for id, piece in enumerate(pieces)}, merges=[tuple(merge) for merge in model["merges"]],
    unk_token="<unk>", fuse_unk=True, byte_fallback=True))
llama.normalizer = sentence_piece
llama.decoder = decoders.Sequence(
    [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
llama.add_special_tokens(["<unk>", "<s>", "</s>"])
llama.post_processor = processors.TemplateProcessing(
    single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", llama.token_to_id("<s>"))])
save("sentence-piece", llama,
     {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>",
      "clean_up_tokenization_spaces": False},
     {"bos_token_id": 1, "eos_token_id": 2},
     ["<s>already begun", "<s><s>begun twice"])

# Like Gemma's and T5's relatives: a unigram model with bytes for unknown characters.
words = "▁ ▁the ▁Hello ▁world o l e h a b t n s r i ing ▁a . , !".split()
unigram = Tokenizer(models.Unigram(
    [("<pad>", 0.0), ("<eos>", 0.0), ("<bos>", 0.0), ("<unk>", 0.0)]
    + [(f"<0x{byte:02X}>", -20.0) for byte in range(256)]
    + [(word, -3.0 - index / 8) for index, word in enumerate(words)],
    unk_id=3, byte_fallback=True))
unigram.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first")
unigram.decoder = decoders.Sequence(
    [decoders.ByteFallback(), decoders.Metaspace(replacement="▁", prepend_scheme="first")])
unigram.add_special_tokens(["<pad>", "<eos>", "<bos>", "<unk>"])
unigram.post_processor = processors.TemplateProcessing(
    single="<bos> $A", pair="<bos> $A <bos> $B", special_tokens=[("<bos>", 2)])
save("unigram", unigram,
     {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>",
      "unk_token": "<unk>", "clean_up_tokenization_spaces": False},
     {"bos_token_id": 2, "eos_token_id": [1, 0], "pad_token_id": 0, "stop_strings": ["\nQ:"]})
