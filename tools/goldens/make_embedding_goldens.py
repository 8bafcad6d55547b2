"""Writes tests/goldens/embedding.json: hidden states of `DebertaV2Model` in float64, pooled by PyTorch.

    venv/bin/python tools/goldens/make_embedding_goldens.py
"""

from __future__ import annotations

from typing import Any

import torch

from task_models import encoding, model, pretrained_tokenizer, rounded, windows, write

# An encoder without head, one with token types, one with an embedding size of its own; and the layers to take of each.
CHECKPOINTS = {"bare_prefix": [0, 1, 2], "token_types": [2], "embedding_projection": [1]}
TEXTS = [["the old cat sleeps in the garden."], ["she reads", "because it rains"], [""]]
LONG_TEXT = "the fox jumps over a small dog and the bird sings in every garden because she writes a letter in the house"
MAX_LENGTH, STRIDE = 12, 5
POOLINGS = {
    "cls": lambda states: states[0],
    "mean": lambda states: states.mean(0),
    "max": lambda states: states.max(0).values,
}


def merged(name: str, rows: list[torch.Tensor]) -> torch.Tensor:
    """The windows of a text together: a token counts in the mean as often as it is in a window."""
    return POOLINGS[name](torch.cat(rows)) if name != "cls" else torch.stack([row[0] for row in rows]).mean(0)


def main() -> None:
    tokens = pretrained_tokenizer()
    cases: list[Any] = []
    with torch.no_grad():
        for checkpoint, layers in CHECKPOINTS.items():
            encoder = model("DebertaV2Model", checkpoint)

            def hidden_states(inputs: dict[str, torch.Tensor]) -> list[torch.Tensor]:
                return [layer[0] for layer in encoder(**inputs, output_hidden_states=True).hidden_states]

            texts = [hidden_states(tokens(*text, return_tensors="pt")) for text in TEXTS]
            batch = windows(tokens, MAX_LENGTH, STRIDE, LONG_TEXT)
            rows = [hidden_states(encoding(batch, row)) for row in range(len(batch["input_ids"]))]
            for layer in layers:
                for name, pool in POOLINGS.items():
                    cases.append({
                        "checkpoint": checkpoint, "layer": layer, "pooling": name,
                        "vectors": [rounded(pool(states[layer]).tolist()) for states in texts],
                        "windowed": rounded(merged(name, [states[layer] for states in rows]).tolist())})
    write("embedding.json", {
        "texts": TEXTS, "long_text": LONG_TEXT, "max_length": MAX_LENGTH, "stride": STRIDE,
        "windows": len(rows), "cases": cases})


if __name__ == "__main__":
    main()
