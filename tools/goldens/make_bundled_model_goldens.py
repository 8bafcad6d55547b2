"""Writes the goldens of the bundled model: logits of texts.json in float64, from text to answer.

    python make_bundled_model_goldens.py [--model DIR] [--output DIR]

The ids come from the model's tokenizer.json by way of the `tokenizers` library, the numbers from transformers
with the stored weights widened to float64.
"""

from __future__ import annotations

import argparse
import copy
import json
from pathlib import Path

import numpy as np
import safetensors.numpy
import torch
import transformers
from tokenizers import Tokenizer

from float64_audit import requiring_float64
from golden_cases import seeded_generator
from make_encoder_goldens import REORDERED_RUNS
from reordering import ReorderedModel, reordered, unchanged

ROOT = Path(__file__).resolve().parents[2]
OUTPUTS = ("logits", "cls_hidden_state")
# At least one text has to be longer than what the published models were trained on.
LONG_INPUT = 512


def encode(tokenizer_path: Path, texts: list[str]) -> list[list[int]]:
    tokenizer = Tokenizer.from_file(str(tokenizer_path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return [tokenizer.encode(text).ids for text in texts]


def right_padded(rows: list[list[int]], pad_id: int) -> tuple[np.ndarray, np.ndarray]:
    longest = max(len(row) for row in rows)
    ids = np.array([row + [pad_id] * (longest - len(row)) for row in rows], dtype=np.int64)
    mask = np.array([[1] * len(row) + [0] * (longest - len(row)) for row in rows], dtype=np.int64)
    return ids, mask


def run(variant: ReorderedModel, rows: list[list[int]]) -> dict[str, np.ndarray]:
    """Row by row and without padding, which changes nothing but the memory it takes."""
    outputs: dict[str, list[np.ndarray]] = {name: [] for name in OUTPUTS}
    with torch.no_grad():
        for row in rows:
            result = variant.model(input_ids=torch.tensor([row]), output_hidden_states=True)
            tensors = {"logits": result.logits[0], "cls_hidden_state": result.hidden_states[-1][0, 0]}
            for name, tensor in tensors.items():
                outputs[name].append(variant.in_original_order(name, tensor).double().numpy())
    return {name: np.stack(values) for name, values in outputs.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "code-language")
    parser.add_argument("--output", type=Path, default=ROOT / "tests" / "goldens" / "code_language")
    arguments = parser.parse_args()

    torch.set_num_threads(2)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    model, info = transformers.DebertaV2ForSequenceClassification.from_pretrained(
        arguments.model, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    assert not info["missing_keys"] and not info["mismatched_keys"], info
    model.eval()

    texts = [entry["text"] for entry in json.loads((arguments.output / "texts.json").read_text(encoding="utf-8"))]
    rows = encode(arguments.model / "tokenizer.json", texts)
    ids, mask = right_padded(rows, model.config.pad_token_id or 0)
    assert ids.shape[1] > LONG_INPUT, f"the longest text has only {ids.shape[1]} tokens, not more than {LONG_INPUT}"

    model64 = copy.deepcopy(model).double()
    with requiring_float64("bundled model"):
        expected = run(unchanged(model64), rows)
    tensors = {"input_ids": ids, "attention_mask": mask} | expected
    first = run(unchanged(model), rows)
    others = [run(reordered(model, seeded_generator("bundled", f"order {n}")), rows) for n in range(REORDERED_RUNS)]
    for name in OUTPUTS:
        error = np.abs(first[name] - expected[name]).max()
        largest = max(np.abs(other[name] - expected[name]).max() for other in others)
        tensors[f"pytorch_float32_error.{name}"] = np.array([error])
        tensors[f"pytorch_float32_error_reordered.{name}"] = np.array([largest])
        print(f"{name} {list(expected[name].shape)}: {error:.1e} / {largest:.1e}")
    (arguments.output / "case_texts.safetensors").write_bytes(safetensors.numpy.save(tensors))

    names = model.config.id2label
    found = [names[int(n)] for n in expected["logits"].argmax(-1)]
    print(f"{len(texts)} texts of up to {ids.shape[1]} tokens; labels: {', '.join(found)}")


if __name__ == "__main__":
    main()
