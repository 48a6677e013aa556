"""Golden logits and gradients of a tiny random Llama, for GoldenLlamaTest.

Usage: python tools/golden/llama.py policy/src/test/resources/golden/llama

Made with torch 2.7.1 and transformers; computed in float64, stored as float32. Token ids are also stored as
float32, which represents them exactly.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
torch.manual_seed(20251121)

config = LlamaConfig(
    vocab_size=29, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=32, rms_norm_eps=1e-5, rope_theta=10000.0,
    tie_word_embeddings=True,
    bos_token_id=1, eos_token_id=2, pad_token_id=None)  # a pad id would stop the gradient of its embedding
model = LlamaForCausalLM(config)
with torch.no_grad():
    for name, parameter in model.named_parameters():
        noise = torch.randn_like(parameter)
        parameter.copy_(1 + 0.3 * noise if "norm" in name else 0.3 * noise)
weights = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
save_file(weights, out / "model.safetensors", metadata={"format": "pt"})

model = model.double()
tokens = torch.randint(0, 29, (3, 11))
targets = torch.randint(0, 29, (3, 11))
logits = model(tokens).logits
loss = torch.nn.functional.cross_entropy(logits.reshape(-1, 29), targets.reshape(-1))
loss.backward()

golden = {"tokens": tokens.float(), "targets": targets.float(), "logits": logits.detach().float()}
for name, parameter in model.named_parameters():
    golden["grad." + name] = parameter.grad.float()
save_file({name: tensor.contiguous() for name, tensor in golden.items()}, out / "golden.safetensors")

(out / "config.json").write_text(json.dumps({
    "model_type": "llama", "vocab_size": 29, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 32, "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0, "tie_word_embeddings": True}, indent=2) + "\n")
print("loss", loss.item())
