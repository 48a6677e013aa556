"""Golden losses and gradients of verl's core_algos, for GoldenLossesTest.

Usage: python tools/golden/losses.py learner/src/test/resources/golden/losses

Made with verl 0.9.1 (installed with --no-deps, plus the packages that its import needs) and torch 2.7.1;
computed in float64, stored as float32.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from verl.trainer.ppo import core_algos
from verl.utils import torch_functional
from verl.workers.config import ActorConfig

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
torch.manual_seed(20260711)

ROWS, TIME, VOCABULARY, MAX_TOKENS = 6, 9, 5, 20
lengths = torch.tensor([9, 1, 4, 6, 2, 7])
mask = (torch.arange(TIME) < lengths[:, None]).double()


def stored(tensor):
    """The value that the test reads: float32, held exactly in float64."""
    return tensor.float().double()


log_probs = stored(-1.5 + 0.4 * torch.randn(ROWS, TIME, dtype=torch.float64))
behaviour = stored(log_probs + 0.3 * torch.randn(ROWS, TIME, dtype=torch.float64))
reference = stored(log_probs + 0.5 * torch.randn(ROWS, TIME, dtype=torch.float64))
advantages = stored(torch.randn(ROWS, 1, dtype=torch.float64))
logits = stored(torch.randn(ROWS, TIME, VOCABULARY, dtype=torch.float64))
golden = {
    "log_probs": log_probs, "behaviour": behaviour, "reference": reference, "advantages": advantages, "mask": mask,
    "logits": logits,
}


def record(name, function, at):
    x = at.clone().requires_grad_(True)
    loss = function(x)
    loss.backward()
    golden[name + ".loss"] = loss.detach().reshape(1)
    golden[name + ".gradient"] = x.grad


def policy_loss(name, low, high, mode):
    config = ActorConfig(
        strategy="fsdp", rollout_n=1, ppo_micro_batch_size_per_gpu=1, clip_ratio=low, clip_ratio_low=low,
        clip_ratio_high=high, clip_ratio_c=1e9, loss_agg_mode=mode)  # 1e9: no dual clip
    if mode == "seq-mean-token-sum-norm":
        config.global_batch_info["loss_scale_factor"] = MAX_TOKENS
    function = core_algos.get_policy_loss_fn(name)
    return lambda x: function(
        old_log_prob=behaviour, log_prob=x, advantages=advantages.expand(ROWS, TIME), response_mask=mask,
        loss_agg_mode=mode, config=config)[0]


record("clipped.token-mean", policy_loss("vanilla", 0.2, 0.28, "token-mean"), log_probs)
record("clipped.sequence-mean", policy_loss("vanilla", 0.2, 0.28, "seq-mean-token-mean"), log_probs)
record("clipped.constant", policy_loss("vanilla", 0.2, 0.28, "seq-mean-token-sum-norm"), log_probs)
record("gspo.sequence-mean", policy_loss("gspo", 0.05, 0.08, "seq-mean-token-mean"), log_probs)
record("gmpo.sequence-mean", policy_loss("geo_mean", 0.2, 0.3, "seq-mean-token-mean"), log_probs)
record("cispo.token-mean", policy_loss("cispo", 0.2, 0.28, "token-mean"), log_probs)

for ours, theirs in {"k1": "k1+", "k2": "k2", "k3": "k3"}.items():
    record(
        "kl." + ours,
        lambda x, kind=theirs: torch_functional.masked_mean(core_algos.kl_penalty(x, reference, kind), mask), log_probs)
record("entropy", lambda x: core_algos.compute_entropy_loss(x, mask), logits)

ones = torch.ones_like(advantages)
golden["batch-mean-std"] = torch_functional.masked_whiten(advantages, ones)
golden["token-mean-std"] = torch_functional.masked_whiten(advantages.expand(ROWS, TIME), mask)[:, :1]

save_file({name: tensor.float().contiguous() for name, tensor in golden.items()}, out / "losses.safetensors")
for name in golden:
    if name.endswith(".loss"):
        print(name, golden[name].item())
