"""Recomputes every encoder golden with `numpy_reference` and prints how far it is from the stored values.

    python check_goldens.py [--goldens DIR]

For each case: the largest difference of any expected output, with the exact formula and with the one rounding
to float32 that transformers keeps in float64 (the scale, sqrt(head size · terms)); the mean entropy of
attention as a share of that of uniform attention; how far last_hidden_state moves when the c2p or the p2c
term is left out. Fails when one of them is outside its limit.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from numpy_reference import NumpyDeberta, Row, Tensors, read_safetensors

EXACT_LIMIT = 1e-6
SAME_SCALE_LIMIT = 1e-11
ENTROPY_LIMIT = 0.75


def encode_rows(model: NumpyDeberta, tensors: Tensors) -> list[Row]:
    ids = tensors["input_ids"]
    mask = tensors.get("attention_mask", np.ones_like(ids))
    types = tensors.get("token_type_ids", np.zeros_like(ids))
    rows = []
    for n in range(ids.shape[0]):
        positions = np.flatnonzero(mask[n])
        rows.append(model.encode(ids[n, positions], types[n, positions], positions))
    return rows


def computed(name: str, row: Row) -> np.ndarray:
    kind, _, layer = name.partition(".")
    if kind == "last_hidden_state":
        return row.hidden_states[-1]
    if kind == "hidden_states":
        return row.hidden_states[int(layer)]
    if kind == "attentions":
        return row.attentions[int(layer)]
    assert kind == "logits" and row.logits is not None, name
    return row.logits


def stored(name: str, tensors: Tensors, n: int, positions: np.ndarray) -> np.ndarray:
    values = tensors[name][n]
    if name.startswith("attentions."):
        return values[:, positions][:, :, positions]
    if tensors[name].ndim == 3:
        return values[positions]
    return values[None, :]


def largest_difference(name: str, tensors: Tensors, rows: list[Row]) -> float:
    return max(
        float(np.abs(computed(name, row) - stored(name, tensors, n, row.positions)).max()) for n, row in enumerate(rows)
    )


def entropy_ratio(rows: list[Row]) -> float:
    ratios = []
    for row in rows:
        tokens = len(row.positions)
        if tokens > 1:
            for probabilities in row.attentions:
                entropy = -(probabilities * np.log(np.maximum(probabilities, 1e-300))).sum(-1)
                ratios.append(float(entropy.mean()) / np.log(tokens))
    return float(np.mean(ratios))


def change_without(term: str, folder: Path, entry: dict[str, Any], tensors: Tensors, rows: list[Row]) -> str:
    model = NumpyDeberta(folder, entry["tensor_prefix"], without=frozenset({term}))
    if not model.relative or term not in model.terms:
        return "-"
    others = encode_rows(model, tensors)
    changes = [np.abs(a.hidden_states[-1] - b.hidden_states[-1]).max() for a, b in zip(rows, others, strict=True)]
    return f"{max(changes):.2f}"


def main() -> None:
    default = Path(__file__).resolve().parents[2] / "tests" / "goldens"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--goldens", type=Path, default=default)
    goldens: Path = parser.parse_args().goldens

    print(f"{'case':32}{'exact':>9}{'rounded':>9}{'entropy':>9}{'no c2p':>8}{'no p2c':>8}")
    failures = []
    for entry in json.loads((goldens / "cases.json").read_text()):
        folder = goldens / entry["checkpoint"]
        tensors = read_safetensors(folder / entry["case"])
        rows = encode_rows(NumpyDeberta(folder, entry["tensor_prefix"]), tensors)
        same_scale = encode_rows(NumpyDeberta(folder, entry["tensor_prefix"], float32_scale=True), tensors)
        exact = max(largest_difference(name, tensors, rows) for name in entry["outputs"])
        rounded = max(largest_difference(name, tensors, same_scale) for name in entry["outputs"])
        entropy = entropy_ratio(rows)
        changes = [change_without(term, folder, entry, tensors, rows) for term in ("c2p", "p2c")]
        label = f"{entry['checkpoint']}/{entry['case'].removeprefix('case_').removesuffix('.safetensors')}"
        print(f"{label:32}{exact:9.0e}{rounded:9.0e}{entropy:9.2f}{changes[0]:>8}{changes[1]:>8}")
        within = exact <= EXACT_LIMIT and rounded <= SAME_SCALE_LIMIT and entropy <= ENTROPY_LIMIT
        if not within or "0.00" in changes:
            failures.append(label)
    if failures:
        raise SystemExit(f"outside the limits: {', '.join(failures)}")


if __name__ == "__main__":
    main()
