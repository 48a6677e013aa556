"""The peer of `./krpo bench training-*`: the same policy-gradient steps in eager PyTorch with transformers.

    python tools/bench/training.py CONFIG.json BATCH PROMPT COMPLETION

The benchmark starts it and talks to it: for each line with a number of steps on standard input, it takes them and
prints the tokens per second and the peak resident memory in bytes. Logits are computed at completion positions only.
Needs torch and transformers.
"""

import json
import resource
import sys
import time

import torch
from transformers import AutoConfig, AutoModelForCausalLM

config_file, batch, prompt, completion = sys.argv[1], *map(int, sys.argv[2:5])
torch.set_num_threads(1)
torch.manual_seed(1)
fields = json.load(open(config_file))
model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**fields), dtype=torch.float32)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, betas=(0.9, 0.99), weight_decay=0.0)


def step():
    tokens = torch.randint(0, fields["vocab_size"], (batch, prompt + completion))
    advantages = torch.randn(batch, 1)
    targets = tokens[:, prompt:]
    hidden = model.model(input_ids=tokens[:, :-1], use_cache=False).last_hidden_state[:, prompt - 1 :]
    log_probs = model.lm_head(hidden).log_softmax(-1).gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    ratio = (log_probs - log_probs.detach()).exp()
    loss = -torch.minimum(ratio * advantages, ratio.clamp(0.8, 1.2) * advantages).mean()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()


for line in sys.stdin:
    steps = int(line)
    start = time.perf_counter()
    for _ in range(steps):
        step()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(steps * batch * (prompt + completion) / seconds, peak, flush=True)
