"""Golden logits and greedy continuations of SmolLM2-135M-Instruct, for SmolLm2Test.

Usage: python tools/golden/smollm2.py MODEL_DIRECTORY policy/src/test/resources/golden/smollm2.safetensors

Made with torch 2.15.0 and transformers 5.24.0, in float32 on a CPU. Token ids are stored as float32 too. Of each row of
logits every 96th is kept.
"""

import sys

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

QUESTIONS = ("What is 4 + 18? Answer with the number only.",
             "Write two sentences about the sea.")

model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
tensors = {}
for row, question in enumerate(QUESTIONS):
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": question}], add_generation_prompt=True, return_tensors="pt", return_dict=True)
    tokens = prompt["input_ids"]
    tensors[f"prompt.{row}"] = tokens[0].float()
    with torch.no_grad():
        tensors[f"logits.{row}"] = model(tokens).logits[0, -3:, ::96].contiguous()
        for _ in range(64):
            tokens = torch.cat([tokens, model(tokens).logits[:, -1].argmax(-1, keepdim=True)], 1)
    tensors[f"greedy.{row}"] = tokens[0, -64:].float()
    print(tokenizer.decode(tokens[0, -64:]))
save_file(tensors, sys.argv[2])
