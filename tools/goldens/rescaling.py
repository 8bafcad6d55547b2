"""The same model with its parts in other units: equal in exact arithmetic, but every operand is rounded elsewhere.

In bfloat16 nearly all of the error comes from rounding operands, which another order of the units leaves as it is.
Factors that cancel out are further samples of that error.
"""

from __future__ import annotations

import copy

import numpy as np
import torch
import transformers
from torch import nn


def multiply(module: nn.Module, factor: float, *, with_bias: bool = True) -> None:
    module.weight.mul_(factor)
    if with_bias and getattr(module, "bias", None) is not None:
        module.bias.mul_(factor)


def rescale_embeddings(embeddings: nn.Module, factor: float) -> None:
    """The layer norm behind them divides by the factor again, exactly if its epsilon grows along."""
    tables = (embeddings.word_embeddings, embeddings.position_embeddings, embeddings.token_type_embeddings)
    for table in tables:
        if table is not None:
            multiply(table, factor)
    if embeddings.embed_proj is not None and embeddings.embed_proj.bias is not None:
        embeddings.embed_proj.bias.mul_(factor)
    embeddings.LayerNorm.eps *= factor**2


def rescaled(model: transformers.PreTrainedModel, generator: np.random.Generator) -> transformers.PreTrainedModel:
    model = copy.deepcopy(model)
    base = getattr(model, "deberta", model)
    # A masked-LM head shares the table of word embeddings, and is not followed by a layer norm.
    shares_table = hasattr(model, "lm_predictions") or hasattr(model, "cls")
    with torch.no_grad():
        if not shares_table:
            rescale_embeddings(base.embeddings, generator.uniform(1, 2))
        if hasattr(base.encoder, "rel_embeddings") and "layer_norm" in base.encoder.norm_rel_ebd:
            factor = generator.uniform(1, 2)
            multiply(base.encoder.rel_embeddings, factor)
            base.encoder.LayerNorm.eps *= factor**2
        for layer in base.encoder.layer:
            attention = layer.attention.self
            of_queries, of_values = generator.uniform(1, 2, size=2)
            for name in ("query_proj", "pos_query_proj"):
                if hasattr(attention, name):
                    multiply(getattr(attention, name), of_queries)
            for name in ("key_proj", "pos_key_proj"):
                if hasattr(attention, name):
                    multiply(getattr(attention, name), 1 / of_queries)
            multiply(attention.value_proj, of_values)
            multiply(layer.attention.output.dense, 1 / of_values, with_bias=False)
    return model
