"""Writes tests/goldens/bfloat16_errors.json: how far PyTorch is from float64 in bfloat16, on every stored case.

    python make_bfloat16_errors.py [--goldens DIR]

The checkpoints are written once more to a temporary folder and must be those that are stored, to the byte; inputs and
float64 outputs are read from the stored cases.
"""

from __future__ import annotations

import argparse
import copy
import filecmp
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
import torch
import transformers

from checkpoints import Checkpoint, all_checkpoints
from golden_cases import Case, seeded_generator
from make_encoder_goldens import run, write_checkpoint, zero_padding
from rescaling import rescaled

# Runs in addition to the one of the stored weights.
RESCALED_RUNS = 8


def require_stored(written: Path, stored: Path) -> None:
    for path in written.iterdir():
        assert filecmp.cmp(path, stored / path.name, shallow=False), f"{stored / path.name} is another checkpoint"


def valid_share(name: str, values: np.ndarray, mask: np.ndarray) -> float:
    """The share of an output's values that belong to a valid position; logits of whole rows all count."""
    return float(mask.mean()) if values.ndim == 3 or name.startswith("attentions.") else 1.0


def errors(name: str, found: torch.Tensor, expected: np.ndarray, mask: np.ndarray) -> tuple[float, float]:
    """Largest and mean absolute difference over valid positions."""
    assert found.dtype == torch.bfloat16, name
    difference = np.abs(zero_padding(name, found.double().numpy(), mask) - expected)
    assert np.isfinite(difference).all(), name
    return float(difference.max()), float(difference.mean() / valid_share(name, expected, mask))


def case_errors(
    checkpoint: Checkpoint,
    case: Case,
    variants: list[transformers.PreTrainedModel],
    stored: dict[str, np.ndarray],
) -> dict[str, Any]:
    config = variants[0].config
    inputs = case.inputs(checkpoint.name, config.vocab_size, config.type_vocab_size)
    for name, values in inputs.items():
        assert np.array_equal(values, stored[name]), f"{checkpoint.name}/{case.name}: {name}"
    runs = []
    for variant in variants:
        outputs = run(variant, case, inputs)
        runs.append({name: errors(name, output, stored[name], case.mask()) for name, output in outputs.items()})
    figures = {
        name: {
            "max": runs[0][name][0],
            "mean": runs[0][name][1],
            "max_rescaled": max(run[name][0] for run in runs[1:]),
            "mean_rescaled": max(run[name][1] for run in runs[1:]),
        }
        for name in runs[0]
    }
    return {name: {what: float(f"{value:.4g}") for what, value in entry.items()} for name, entry in figures.items()}


def main() -> None:
    default_goldens = Path(__file__).resolve().parents[2] / "tests" / "goldens"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--goldens", type=Path, default=default_goldens)
    goldens: Path = parser.parse_args().goldens

    torch.set_num_threads(2)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    listed: dict[str, Any] = {}
    for checkpoint in all_checkpoints():
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / checkpoint.name
            model = write_checkpoint(checkpoint, folder)
            require_stored(folder, goldens / checkpoint.name)
        variants = [copy.deepcopy(model)]
        for n in range(RESCALED_RUNS):
            variants.append(rescaled(model, seeded_generator(checkpoint.name, f"scales {n}")))
        for variant in variants:
            variant.bfloat16()
        for case in sorted(checkpoint.cases, key=lambda case: case.name):
            name = f"{checkpoint.name}/case_{case.name}.safetensors"
            stored = safetensors.numpy.load_file(goldens / name)
            listed[name] = case_errors(checkpoint, case, variants, stored)
            last = listed[name]["last_hidden_state"]
            print(f"{name:48}last_hidden_state: max {last['max']:.1e}, mean {last['mean']:.1e}")
    (goldens / "bfloat16_errors.json").write_text(
        "{\n"
        + ",\n".join(f" {json.dumps(name)}: {json.dumps(entry)}" for name, entry in listed.items())
        + "\n}\n"
    )


if __name__ == "__main__":
    main()
