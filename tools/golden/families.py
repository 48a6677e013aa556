"""Golden logits, greedy continuations and gradients of tiny random models of every family, for GoldenFamiliesTest.

Usage: python tools/golden/families.py policy/src/test/resources/golden/families

Made with torch 2.15.0 and transformers 5.24.0; computed in float64, stored as float32. Token ids are stored as float32
too, which holds them exactly. The weights are not stored: both sides compute them from the parameters' names.
"""

import sys
import zlib
from pathlib import Path

import numpy
import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config, AutoModelForCausalLM

VOCABULARY = 23
NEW_TOKENS = 64
LENGTHS = (11, 8, 5)

shape = dict(
    vocab_size=VOCABULARY, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=96, rms_norm_eps=1e-5,
    bos_token_id=1, eos_token_id=2, pad_token_id=None)  # a pad id would stop the gradient of its embedding
rope = dict(rope_theta=10000.0, original_max_position_embeddings=24)

with_gradients = {
    "llama": LlamaConfig(**shape, tie_word_embeddings=True),
    "llama-bias": LlamaConfig(**shape, attention_bias=True, mlp_bias=True, head_dim=12),
    "mistral": MistralConfig(**shape, sliding_window=None),
    "qwen2": Qwen2Config(**shape, tie_word_embeddings=True),
    "qwen3": Qwen3Config(**shape, head_dim=12),
}
logits_only = {
    "rope-linear": LlamaConfig(**shape, head_dim=16, rope_parameters=dict(
        rope_type="linear", rope_theta=10000.0, factor=4.0)),
    "rope-dynamic": LlamaConfig(**shape, head_dim=16, rope_parameters=dict(
        rope_type="dynamic", rope_theta=10000.0, factor=4.0)),
    "rope-llama3": LlamaConfig(**shape, head_dim=16, rope_parameters=dict(
        rope, rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0)),
    "rope-yarn": Qwen2Config(**shape, rope_parameters=dict(rope, rope_type="yarn", factor=4.0)),
    "rope-yarn-mscale": LlamaConfig(**shape, head_dim=16, rope_parameters=dict(
        rope, rope_type="yarn", factor=4.0, beta_fast=8.0, beta_slow=0.5, mscale=0.7, mscale_all_dim=0.3,
        truncate=False)),
}


def values(name, size):
    """Uniform in [-0.5, 0.5): SplitMix64 of the name's CRC-32 and the index; around 1 for norms."""
    z = (numpy.uint64(zlib.crc32(name.encode())) << numpy.uint64(32)) + numpy.arange(size, dtype=numpy.uint64)
    z = z * numpy.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    z = z ^ (z >> numpy.uint64(31))
    uniform = (z >> numpy.uint64(40)).astype(numpy.float64) / 2**24 - 0.5
    return (1 + uniform if "norm" in name else uniform).astype(numpy.float32)


def ids(name, size):
    return ((values(name, size).astype(numpy.float64) + 0.5) * VOCABULARY).astype(numpy.int64)


def golden(config, gradients):
    """Of the first salt whose greedy continuations vary and have no near ties."""
    for salt in range(1000):
        tensors = with_salt(config, gradients, salt)
        if tensors:
            return tensors | {"salt": torch.tensor([float(salt)])}
    raise SystemExit("no salt fits")


def with_salt(config, gradients, salt):
    model = AutoModelForCausalLM.from_config(config).double().eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(values(f"{salt}.{name}", parameter.numel())).reshape(parameter.shape))
    tokens = torch.from_numpy(ids("tokens", 33)).reshape(3, 11)
    targets = torch.from_numpy(ids("targets", 33)).reshape(3, 11)
    mask = torch.tensor([[float(t < length) for t in range(11)] for length in LENGTHS])
    logits = model(tokens).logits
    tensors = {"tokens": tokens.float(), "targets": targets.float(), "mask": mask, "logits": logits.detach().float()}

    if gradients:
        log_probs = logits.log_softmax(-1).gather(2, targets[..., None])[..., 0]
        behaviour = (log_probs.detach() + torch.from_numpy(values("behaviour", 33)).reshape(3, 11)).float()
        advantages = torch.tensor([0.7, -1.3, 0.4])
        ratio = (log_probs - behaviour.double()).exp()
        loss = -(advantages[:, None] * ratio * mask).sum() / mask.sum()
        loss.backward()
        tensors |= {"behaviour": behaviour, "advantages": advantages}
        tensors |= {"grad." + name: parameter.grad.float() for name, parameter in model.named_parameters()}

    for row, length in enumerate(LENGTHS):
        sequence = tokens[row : row + 1, :length]
        with torch.no_grad():
            for _ in range(NEW_TOKENS):
                last = model(sequence).logits[0, -1]
                best, second = last.topk(2).values
                if best - second < 1e-3:
                    return None
                sequence = torch.cat([sequence, last.argmax().reshape(1, 1)], 1)
        tensors[f"greedy.{row}"] = sequence[0, length:].float()
        if len(sequence[0, length:].unique()) < 6:
            return None
    return tensors


out = Path(sys.argv[1])
for name, config in (with_gradients | logits_only).items():
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    config.architectures = None
    config.save_pretrained(folder)
    tensors = golden(config, name in with_gradients)
    save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, folder / "golden.safetensors")
    print(name, "salt", int(tensors["salt"]))
