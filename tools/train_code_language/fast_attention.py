"""The disentangled attention of DeBERTa for short inputs, without gathers.

Up to half of `position_buckets` tokens every relative distance has a bucket of its own. The position scores
of a query then lie next to each other and only have to be shifted by one place per row, which is a matter of
views. The result equals that of the module it stands in for; only the rounding differs.
"""

from __future__ import annotations

import math
import types

import torch
from torch import Tensor, nn
from transformers.models.deberta_v2.modeling_deberta_v2 import DisentangledSelfAttention


def shift_rows(scores: Tensor, length: int) -> Tensor:
    """Turn [..., i, j - i + length - 1] into [..., i, j]."""
    flat = scores.flatten(-2)[..., length - 1 : length - 1 + length * (2 * length - 2)]
    return flat.unflatten(-1, (length, 2 * length - 2))[..., :length]


def forward(
    self: DisentangledSelfAttention,
    hidden_states: Tensor,
    attention_mask: Tensor,
    output_attentions: bool = False,
    query_states: Tensor | None = None,
    relative_pos: Tensor | None = None,
    rel_embeddings: Tensor | None = None,
) -> tuple[Tensor, None]:
    """Stand in for DisentangledSelfAttention.forward of a model with shared position keys."""
    batch, length, _ = hidden_states.shape
    heads, size = self.num_attention_heads, self.attention_head_size
    span = self.pos_ebd_size
    if length < 2 or length > span // 2 or rel_embeddings is None or output_attentions or query_states is not None:
        raise ValueError("this attention is for training on short inputs only")
    scale = math.sqrt(3 * size)
    query = self.query_proj(hidden_states).view(batch, length, heads, size).permute(2, 0, 1, 3) / scale
    key = self.key_proj(hidden_states).view(batch, length, heads, size).permute(2, 0, 1, 3)
    value = self.value_proj(hidden_states).view(batch, length, heads, size).permute(2, 0, 1, 3)

    near = self.pos_dropout(rel_embeddings[span - length + 1 : span + length])
    position_query = self.query_proj(near).view(-1, heads, size).permute(1, 2, 0) / scale
    position_key = self.key_proj(near.flip(0)).view(-1, heads, size).permute(1, 2, 0)

    rows = (heads, batch * length, size)
    wide = (heads, batch, length, 2 * length - 1)
    query, key = query.contiguous(), key.contiguous()
    content_to_position = shift_rows(torch.bmm(query.view(rows), position_key).view(wide), length)
    position_to_content = shift_rows(torch.bmm(key.view(rows), position_query).view(wide), length)
    scores = query @ key.transpose(-1, -2) + content_to_position + position_to_content.transpose(-1, -2)

    hidden_keys = ~attention_mask[:, 0, :1, :].bool()
    scores = scores.masked_fill(hidden_keys, torch.finfo(scores.dtype).min)
    weights = self.dropout(nn.functional.softmax(scores, dim=-1))
    return (weights @ value).permute(1, 2, 0, 3).reshape(batch, length, heads * size), None


def install(model: nn.Module) -> None:
    """Let every attention module of a model use `forward` of this file."""
    for module in model.modules():
        if isinstance(module, DisentangledSelfAttention):
            module.forward = types.MethodType(forward, module)


def remove(model: nn.Module) -> None:
    """Give the modules their own `forward` back."""
    for module in model.modules():
        if isinstance(module, DisentangledSelfAttention):
            module.__dict__.pop("forward", None)
