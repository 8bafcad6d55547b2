"""The same model with its units in another order: equal in exact arithmetic, rounded differently.

The largest rounding error of a single float32 run is partly luck, above all where an output has a dozen
numbers. Runs of reordered models give further samples of it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
import torch
import transformers
from torch import nn


@dataclass(frozen=True)
class ReorderedModel:
    model: transformers.PreTrainedModel
    # Unit n of the reordered hidden states is unit hidden_order[n] of the original's.
    hidden_order: torch.Tensor

    def in_original_order(self, name: str, output: torch.Tensor) -> torch.Tensor:
        if name.split(".")[0] in ("last_hidden_state", "hidden_states", "cls_hidden_state"):
            return output[..., torch.argsort(self.hidden_order)]
        return output


def unchanged(model: transformers.PreTrainedModel) -> ReorderedModel:
    return ReorderedModel(model, torch.arange(model.config.hidden_size))


def order_within_blocks(generator: np.random.Generator, blocks: int, size: int) -> torch.Tensor:
    return torch.from_numpy(np.concatenate([block * size + generator.permutation(size) for block in range(blocks)]))


def permute_outputs(module: nn.Module, order: torch.Tensor) -> None:
    """Reorders the rows of a linear layer, or the units of a LayerNorm."""
    module.weight.copy_(module.weight[order])
    if module.bias is not None:
        module.bias.copy_(module.bias[order])


def permute_inputs(module: nn.Module, order: torch.Tensor) -> None:
    """Reorders the columns of a linear layer or of an embedding table."""
    module.weight.copy_(module.weight[:, order])


def permute_inner_units(model: transformers.PreTrainedModel, generator: np.random.Generator) -> None:
    for layer in getattr(model, "deberta", model).encoder.layer:
        attention = layer.attention.self
        heads, head_size = attention.num_attention_heads, attention.attention_head_size
        # Queries and keys meet each other and the position projections: one order for all of them.
        order = order_within_blocks(generator, heads, head_size)
        for name in ("query_proj", "key_proj", "pos_key_proj", "pos_query_proj"):
            if hasattr(attention, name):
                permute_outputs(getattr(attention, name), order)
        order = order_within_blocks(generator, heads, head_size)
        permute_outputs(attention.value_proj, order)
        permute_inputs(layer.attention.output.dense, order)

        order = torch.from_numpy(generator.permutation(layer.intermediate.dense.out_features))
        permute_outputs(layer.intermediate.dense, order)
        permute_inputs(layer.output.dense, order)
    if hasattr(model, "pooler"):
        order = torch.from_numpy(generator.permutation(model.pooler.dense.out_features))
        permute_outputs(model.pooler.dense, order)
        permute_inputs(model.classifier, order)


def permute_convolution(convolution: nn.Conv1d, order: torch.Tensor) -> None:
    size = convolution.in_channels // convolution.groups
    weight = convolution.weight.clone()
    for group in range(convolution.groups):
        block = order[group * size : (group + 1) * size]
        # `order` stays within the groups: the columns of a group's rows are its own channels.
        convolution.weight[group * size : (group + 1) * size] = weight[block][:, block - group * size]
    convolution.bias.copy_(convolution.bias[order])


def permute_hidden_units(model: transformers.PreTrainedModel, order: torch.Tensor) -> None:
    base = getattr(model, "deberta", model)
    embeddings, encoder = base.embeddings, base.encoder
    tables = (embeddings.word_embeddings, embeddings.position_embeddings, embeddings.token_type_embeddings)
    if embeddings.embed_proj is not None:
        permute_outputs(embeddings.embed_proj, order)
    else:
        for table in tables:
            if table is not None:
                permute_inputs(table, order)
    permute_outputs(embeddings.LayerNorm, order)
    if hasattr(encoder, "rel_embeddings"):
        permute_inputs(encoder.rel_embeddings, order)
    if hasattr(encoder, "LayerNorm"):
        permute_outputs(encoder.LayerNorm, order)
    if encoder.conv is not None:
        permute_convolution(encoder.conv.conv, order)
        permute_outputs(encoder.conv.LayerNorm, order)
    for layer in encoder.layer:
        for name in ("query_proj", "key_proj", "value_proj", "pos_key_proj", "pos_query_proj"):
            if hasattr(layer.attention.self, name):
                permute_inputs(getattr(layer.attention.self, name), order)
        permute_inputs(layer.intermediate.dense, order)
        for output in (layer.attention.output, layer.output):
            permute_outputs(output.dense, order)
            permute_outputs(output.LayerNorm, order)

    if hasattr(model, "pooler"):
        permute_inputs(model.pooler.dense, order)
    elif hasattr(model, "classifier"):
        permute_inputs(model.classifier, order)
    elif hasattr(model, "qa_outputs"):
        permute_inputs(model.qa_outputs, order)
    elif hasattr(model, "lm_predictions") or hasattr(model, "cls"):
        # The decoder is the table of word embeddings, reordered above.
        head = model.lm_predictions.lm_head if hasattr(model, "lm_predictions") else model.cls.predictions.transform
        permute_inputs(head.dense, order)
        permute_outputs(head.dense, order)
        permute_outputs(head.LayerNorm, order)


def reordered(model: transformers.PreTrainedModel, generator: np.random.Generator) -> ReorderedModel:
    model = copy.deepcopy(model)
    groups = getattr(model.config, "conv_groups", 1)
    order = order_within_blocks(generator, groups, model.config.hidden_size // groups)
    with torch.no_grad():
        permute_inner_units(model, generator)
        permute_hidden_units(model, order)
    return ReorderedModel(model, order)
