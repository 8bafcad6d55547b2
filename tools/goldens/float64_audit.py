"""Proof that the reference model computes in float64: reports every operation that gives a narrower result."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

MODEL_SOURCE = "modeling_deberta_v2.py"

# Where transformers computes narrower than float64 whatever the weights are, and why that is accepted.
ACCEPTED_FUNCTIONS = {
    # sqrt(head size · terms), rounded to float32 and then widened: at most 6e-8 of the scale. A float32
    # implementation rounds the same square root to the same value.
    "scaled_size_sqrt",
    # Integer bucket numbers by way of a float32 logarithm.
    "make_log_bucket_position",
    # Products of zeros and ones: exact in any type.
    "get_attention_mask",
}
# The mask of ones that stands in for a missing one, before it is widened or compared: exact too.
ACCEPTED_OPERATIONS = {("forward", "ones"), ("forward", "rsub"), ("forward", "unsqueeze")}


def calling_function() -> str:
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename.endswith(MODEL_SOURCE):
            return frame.f_code.co_name
        frame = frame.f_back
    return "outside the model"


class NarrowOperations(TorchDispatchMode):
    """Collects (function of the model, operation) of every result in float32, float16 or bfloat16."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, tuple | list) else (result,):
            if isinstance(tensor, torch.Tensor) and tensor.is_floating_point() and tensor.dtype != torch.float64:
                self.found.add((calling_function(), func._schema.name.removeprefix("aten::")))
        return result


@contextmanager
def requiring_float64(label: str) -> Iterator[None]:
    with NarrowOperations() as operations:
        yield
    unexpected = {
        (function, operation)
        for function, operation in operations.found
        if function not in ACCEPTED_FUNCTIONS and (function, operation) not in ACCEPTED_OPERATIONS
    }
    if unexpected:
        raise AssertionError(f"{label}: not computed in float64: {sorted(unexpected)}")
