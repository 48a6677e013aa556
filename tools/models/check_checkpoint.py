"""Compares greedy completions of a checkpoint in Hugging Face transformers with `krpo eval`: all must be equal.

    ./krpo eval --held-out held-out.jsonl --checkpoint DIR --answers answers.jsonl
    python tools/models/check_checkpoint.py DIR answers.jsonl

Needs torch and transformers. Exits with 1 and prints the differences if there are any.
"""

import argparse
import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

BATCH = 250

parser = argparse.ArgumentParser(description="Compare a checkpoint's greedy completions in transformers with krpo eval's.")
parser.add_argument("checkpoint", help="a checkpoint directory")
parser.add_argument("answers", help="the file written by krpo eval --answers")
parser.add_argument("--max-new-tokens", type=int, default=16, help="as for krpo eval (default: 16)")
arguments = parser.parse_args()

tokenizer = AutoTokenizer.from_pretrained(arguments.checkpoint)
model = AutoModelForCausalLM.from_pretrained(arguments.checkpoint).eval()
with open(arguments.answers, encoding="utf-8") as lines:
    answers = [json.loads(line) for line in lines]

problems = []
if tokenizer.pad_token_id is None or tokenizer.pad_token_id >= model.config.vocab_size:
    sys.exit(f"{arguments.checkpoint}: the padding token is {tokenizer.pad_token} = {tokenizer.pad_token_id}")
for start in range(0, len(answers), BATCH):
    batch = answers[start : start + BATCH]
    prompts = tokenizer([answer["prompt"] for answer in batch], return_tensors="pt", padding=True)
    if int(prompts["input_ids"].max()) >= model.config.vocab_size:
        sys.exit(f"{arguments.checkpoint}: the tokenizer gives id {int(prompts['input_ids'].max())}, "
                 f"but the model has {model.config.vocab_size} tokens")
    with torch.no_grad():
        sequences = model.generate(**prompts, max_new_tokens=arguments.max_new_tokens, do_sample=False)
    completions = tokenizer.batch_decode(sequences[:, prompts["input_ids"].shape[1] :], skip_special_tokens=True)
    for answer, completion in zip(batch, completions):
        if completion != answer["completion"]:
            problems.append(f"{answer['prompt']!r}: krpo {answer['completion']!r}, transformers {completion!r}")

print(f"{len(answers) - len(problems)} of {len(answers)} completions are equal")
if problems:
    sys.exit("\n".join(problems[:20]))
