"""Golden advantages for GoldenAdvantagesTest: python estimators.py OUTPUT.csv

Estimators that verl (on PyPI) implements are computed by verl's own functions, in float64. The others have no library:
they follow the formulas of their papers and the authors' repositories, as a naive reference in numpy.
"""

import ast
import importlib.util
import sys
from collections import defaultdict
from pathlib import Path
from typing import Optional

import numpy as np
import torch

EPSILON = 1e-8


def verl_functions():
    """verl's advantage functions without importing verl, which would pull in a whole training stack."""
    package = Path(importlib.util.find_spec("verl").submodule_search_locations[0])
    tree = ast.parse((package / "trainer/ppo/core_algos.py").read_text())
    wanted = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.endswith("_outcome_advantage") and not node.name.startswith("_")
    ]
    for node in wanted:
        node.decorator_list = []
    names = {"torch": torch, "np": np, "defaultdict": defaultdict, "Optional": Optional, "AlgoConfig": object}
    exec(compile(ast.Module(wanted, []), "core_algos.py", "exec"), names)
    return names


VERL = verl_functions()


def verl(function, rewards, lengths, **options):
    mask = torch.zeros(len(rewards), max(lengths), dtype=torch.float64)
    token_rewards = torch.zeros_like(mask)
    for i, (reward, length) in enumerate(zip(rewards, lengths)):
        mask[i, :length] = 1
        token_rewards[i, length - 1] = reward
    advantages, _ = VERL[f"compute_{function}_outcome_advantage"](
        token_rewards, mask, np.zeros(len(rewards), dtype=int), **options
    )
    return advantages[:, 0].tolist()


def standard_scores(values):
    return (values - values.mean()) / (values.std(ddof=1) + EPSILON)


def ngrpo(rewards):
    calibrated = np.append(rewards, 1.0)
    return (rewards - calibrated.mean()) / (calibrated.std(ddof=1) + EPSILON)


def mapo(rewards):
    p = (rewards == 1).mean()
    certainty = 1 - 4 * p * (1 - p)
    return (1 - certainty) * standard_scores(rewards) + certainty * (rewards - rewards.mean()) / rewards.mean()


def grpo_lead(rewards, lengths):
    right = rewards > 0
    shaped = np.full(len(rewards), -1.0)
    shaped[right] = rewards[right] * np.exp(-0.05 * standard_scores(lengths[right]))
    scores = standard_scores(shaped)

    def weight(p):
        return 0.4 + (1.5 - 0.4) / (1 + np.exp(10 * (p - 0.75)))

    return scores * np.where(scores > 0, weight(right.mean()), weight(1 - right.mean()))


def spo(rewards, versions):
    """Published recursion in a and b; the retention by versions instead of by divergence, with half-life 20."""
    a = b = 4.0
    last = versions[0]
    advantages = []
    for reward, version in zip(rewards, versions):
        advantages.append(reward - a / (a + b))
        rho = np.clip(2 ** (-(version - last) / 20), 0.875, 0.96)
        a, b = rho * a + reward, rho * b + 1 - reward
        last = version
    return advantages


def rows():
    binary, graded = [1, 0, 1, 0, 0, 0], [0.01, 0.5, 1.0, 0.0, 0.01, 1.0]
    lengths = [3, 40, 7, 25, 12, 31]
    for rewards in (binary, graded):
        yield "grpo", "verl", [rewards], lengths, verl("grpo", rewards, lengths, epsilon=EPSILON)
        yield "dr-grpo", "verl", [rewards], lengths, verl("grpo", rewards, lengths, norm_adv_by_std_in_grpo=False)
        yield "rloo", "verl", [rewards], lengths, verl("rloo", rewards, lengths)
        yield "opo", "verl", [rewards], lengths, verl("opo", rewards, lengths)
        array = np.array(rewards, dtype=float)
        yield "ngrpo", "numpy", [rewards], lengths, ngrpo(array)
        yield "mapo", "numpy", [rewards], lengths, mapo(array)
        yield "grpo-lead", "numpy", [rewards], lengths, grpo_lead(array, np.array(lengths, dtype=float))
    yield "ngrpo", "numpy", [[0, 0, 0, 0]], [1, 2, 3, 4], ngrpo(np.zeros(4))
    yield "mapo", "numpy", [[0.9, 1, 1, 1]], [1, 1, 1, 1], mapo(np.array([0.9, 1, 1, 1]))
    # The first two of the three steps of verl's gdpo; the third, whitening over the batch, belongs to the trainer.
    parts = [verl("grpo", rewards, lengths, epsilon=EPSILON) for rewards in (binary, graded)]
    yield "gdpo", "verl", [binary, graded], lengths, np.sum(parts, axis=0)
    versions = [3, 3, 4, 6, 9, 30]
    yield "spo", "numpy", [binary], versions, spo(binary, versions)
    yield "spo", "numpy", [graded], versions, spo(graded, versions)


def cell(values):
    return " ".join(repr(float(value)) if isinstance(value, (float, np.floating)) else str(value) for value in values)


with open(sys.argv[1], "w") as out:
    print("estimator,origin,rewards (components parted by /),tokens (policy versions for spo),advantages", file=out)
    for name, origin, rewards, whole, advantages in rows():
        print(name, origin, " / ".join(map(cell, rewards)), cell(whole), cell(advantages), sep=",", file=out)
