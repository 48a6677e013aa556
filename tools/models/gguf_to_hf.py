"""Converts a GGUF file of a Llama with a byte-level BPE tokenizer to a Hugging Face directory in bfloat16.

    python tools/models/gguf_to_hf.py MODEL.gguf DIR

Needs numpy, gguf, safetensors and ml_dtypes. Quantised weights are dequantised.
"""

import json
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors.numpy import save_file

OUTSIDE_LAYERS = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
IN_LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
CONTROL_TOKEN = 3


class Gguf:
    """The metadata and tensors of a file."""

    def __init__(self, path):
        self.reader = GGUFReader(path)
        self.architecture = self["general.architecture"]

    def __getitem__(self, key):
        return self.reader.fields[key].contents()

    def get(self, key, default):
        return self[key] if key in self.reader.fields else default

    def model(self, key):
        return self[f"{self.architecture}.{key}"]


def tensor_name(gguf_name):
    if gguf_name in OUTSIDE_LAYERS:
        return OUTSIDE_LAYERS[gguf_name]
    _, layer, part, suffix = gguf_name.split(".")
    return f"model.layers.{layer}.{IN_LAYER[part]}.{suffix}"


def halves_apart(weight, heads):
    """GGUF interleaves the two halves of a rotary head; Hugging Face keeps one after the other."""
    rows, columns = weight.shape
    pairs = weight.reshape(heads, rows // heads // 2, 2, columns)
    return pairs.swapaxes(1, 2).reshape(rows, columns)


def tensors(gguf):
    heads = {
        "attn_q.weight": gguf.model("attention.head_count"),
        "attn_k.weight": gguf.model("attention.head_count_kv"),
    }
    converted = {}
    for tensor in gguf.reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        for suffix, count in heads.items():
            if tensor.name.endswith(suffix):
                values = halves_apart(values, count)
        converted[tensor_name(tensor.name)] = np.ascontiguousarray(values).astype(ml_dtypes.bfloat16)
    return converted


def model_config(gguf, tied):
    end = gguf["tokenizer.ggml.eos_token_id"]
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": len(gguf["tokenizer.ggml.tokens"]),
        "hidden_size": gguf.model("embedding_length"),
        "intermediate_size": gguf.model("feed_forward_length"),
        "num_hidden_layers": gguf.model("block_count"),
        "num_attention_heads": gguf.model("attention.head_count"),
        "num_key_value_heads": gguf.model("attention.head_count_kv"),
        "max_position_embeddings": gguf.model("context_length"),
        "rms_norm_eps": round(float(gguf.model("attention.layer_norm_rms_epsilon")), 9),
        "rope_theta": float(gguf.model("rope.freq_base")),
        "tie_word_embeddings": tied,
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "initializer_range": 0.02,
        "torch_dtype": "bfloat16",
        "bos_token_id": gguf["tokenizer.ggml.bos_token_id"],
        "eos_token_id": end,
        "pad_token_id": gguf.get("tokenizer.ggml.padding_token_id", end),
    }


def tokenizer(gguf):
    tokens = gguf["tokenizer.ggml.tokens"]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    control = [id for id, kind in enumerate(gguf["tokenizer.ggml.token_type"]) if kind == CONTROL_TOKEN]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": id, "content": tokens[id], **flags} for id in control],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level],
        },
        "post_processor": None,
        "decoder": {**byte_level, "add_prefix_space": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: id for id, token in enumerate(tokens)},
            "merges": [merge.split(" ") for merge in gguf["tokenizer.ggml.merges"]],
        },
    }


def tokenizer_config(gguf, config, added_tokens):
    tokens = gguf["tokenizer.ggml.tokens"]
    return {
        "add_prefix_space": False,
        "added_tokens_decoder": {
            str(token["id"]): {key: value for key, value in token.items() if key != "id"} for token in added_tokens
        },
        "bos_token": tokens[config["bos_token_id"]],
        "eos_token": tokens[config["eos_token_id"]],
        "pad_token": tokens[config["pad_token_id"]],
        "unk_token": tokens[gguf.get("tokenizer.ggml.unknown_token_id", 0)],
        "chat_template": gguf["tokenizer.chat_template"],
        "clean_up_tokenization_spaces": False,
        "model_max_length": config["max_position_embeddings"],
        "tokenizer_class": "GPT2Tokenizer",
    }


def main(source, target):
    gguf = Gguf(source)
    weights = tensors(gguf)
    config = model_config(gguf, tied="lm_head.weight" not in weights)
    words = tokenizer(gguf)
    generation = {key: config[key] for key in ("bos_token_id", "eos_token_id", "pad_token_id")}
    out = Path(target)
    out.mkdir(parents=True, exist_ok=True)
    for name, content in {
        "config.json": config,
        "generation_config.json": generation,
        "tokenizer.json": words,
        "tokenizer_config.json": tokenizer_config(gguf, config, words["added_tokens"]),
    }.items():
        (out / name).write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})


main(sys.argv[1], sys.argv[2])
