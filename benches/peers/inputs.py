"""The token ids that every contender gets."""

from pathlib import Path

import numpy
from safetensors.numpy import save_file

from checkpoints import VOCABULARY


def random_inputs(rows: int, length: int) -> dict[str, numpy.ndarray]:
    ids = numpy.random.default_rng(0).integers(4, VOCABULARY, (rows, length), dtype=numpy.int64)
    return {"input_ids": ids, "attention_mask": numpy.ones_like(ids)}


def padded_rows(lengths: list[int]) -> dict[str, numpy.ndarray]:
    """Rows of these lengths, padded on the right."""
    inputs = random_inputs(len(lengths), max(lengths))
    for row, valid in enumerate(lengths):
        inputs["attention_mask"][row, valid:] = 0
    return inputs


def padded_inputs() -> dict[str, numpy.ndarray]:
    """Three rows of different length; the longest goes beyond the positions that have a bucket each."""
    inputs = random_inputs(3, 300)
    for row, valid in enumerate((300, 180, 40)):
        inputs["attention_mask"][row, valid:] = 0
    return inputs


def write_inputs(inputs: dict[str, numpy.ndarray], path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(inputs, path)
    return path


def rows_and_length(shape: str) -> tuple[int, int]:
    rows, length = map(int, shape.split("x"))
    return rows, length
