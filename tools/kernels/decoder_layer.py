"""Writes the decoder layer of the fused forward pass as a TorchScript function.

    python tools/kernels/decoder_layer.py policy/src/main/resources/dev/krpo/policy/layer/decoder_layer.pt

One call per layer instead of about forty, with the engine's own attention, which keeps no [time, time] array. Needs
torch; the result is committed, so that building and running do not.
"""

import io
import sys
import zipfile

import torch
import torch.nn.functional as F
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, epsilon: Tensor) -> Tensor:
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon) * weight


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return F.linear(x, weight, bias if bias.numel() > 0 else None)


def rotate(x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    half = cosines.shape[-1]
    first, second = x[..., :half], x[..., half:]
    return torch.cat([first * cosines - second * sines, second * cosines + first * sines], -1)


class DecoderLayer(torch.nn.Module):
    """x is [batch, time, hidden], cosines and sines are [1, time, head / 2]; an absent part is an empty tensor."""

    def forward(
        self,
        x: Tensor,
        cosines: Tensor,
        sines: Tensor,
        epsilon: Tensor,
        input_norm: Tensor,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        o: Tensor,
        attention_norm: Tensor,
        gate: Tensor,
        up: Tensor,
        down: Tensor,
        q_bias: Tensor,
        k_bias: Tensor,
        v_bias: Tensor,
        o_bias: Tensor,
        gate_bias: Tensor,
        up_bias: Tensor,
        down_bias: Tensor,
        q_norm: Tensor,
        k_norm: Tensor,
    ) -> Tensor:
        batch, time, _ = x.shape
        head = 2 * cosines.shape[-1]
        h = rms_norm(x, input_norm, epsilon)
        queries = linear(h, q, q_bias).view(batch, time, -1, head)
        keys = linear(h, k, k_bias).view(batch, time, -1, head)
        values = linear(h, v, v_bias).view(batch, time, -1, head)
        if q_norm.numel() > 0:
            queries = rms_norm(queries, q_norm, epsilon)
            keys = rms_norm(keys, k_norm, epsilon)
        # The rotary factors carry the scale of the scores.
        mixed = F.scaled_dot_product_attention(
            rotate(queries.transpose(1, 2), cosines, sines),
            rotate(keys.transpose(1, 2), cosines, sines),
            values.transpose(1, 2),
            is_causal=True,
            scale=1.0,
            enable_gqa=True,
        )
        x = x + linear(mixed.transpose(1, 2).reshape(batch, time, -1), o, o_bias)
        h = rms_norm(x, attention_norm, epsilon)
        return x + linear(F.silu(linear(h, gate, gate_bias)) * linear(h, up, up_bias), down, down_bias)


saved = io.BytesIO()
torch.jit.save(torch.jit.script(DecoderLayer()), saved)
with zipfile.ZipFile(saved) as script, zipfile.ZipFile(sys.argv[1], "w") as stripped:
    for entry in script.infolist():
        # Debug information names the paths of the machine that wrote it.
        if not entry.filename.endswith(".debug_pkl"):
            stripped.writestr(entry, script.read(entry))
