"""The DeBERTa v2/v3 forward pass in plain numpy float64, written from the formulas and not from transformers.

It shares no code with the script that makes the goldens: weights are read from the bytes of the safetensors
files, the buckets come from an explicit table, and padded positions are left out instead of being masked.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

Tensors = dict[str, np.ndarray]

INTEGER_AND_FLOAT_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8"}


def read_safetensors(path: Path) -> Tensors:
    data = path.read_bytes()
    header_length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + header_length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + header_length + offset for offset in entry["data_offsets"])
        if entry["dtype"] == "BF16":
            # A bfloat16 is the upper half of a float32.
            values = (np.frombuffer(data[begin:end], "<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            values = np.frombuffer(data[begin:end], INTEGER_AND_FLOAT_TYPES[entry["dtype"]])
        tensors[name] = values.reshape(entry["shape"])
    return tensors


def read_weights(folder: Path, tensor_prefix: str | None) -> Tensors:
    """All weights in float64, encoder tensors without their prefix."""
    weights: Tensors = {}
    for path in sorted(folder.glob("model*.safetensors")):
        weights |= read_safetensors(path)
    prefix = "deberta." if tensor_prefix is None else tensor_prefix
    return {name.removeprefix(prefix): tensor.astype(np.float64) for name, tensor in weights.items()}


def bucket(relative: int, buckets: int, max_relative: int) -> int:
    mid = buckets // 2
    distance = abs(relative)
    if buckets <= 0 or distance <= mid:
        return relative
    if distance == max_relative - 1:
        # The one point where the formula hits an integer exactly.
        steps = mid - 1
    else:
        steps = math.ceil(math.log(distance / mid) / math.log((max_relative - 1) / mid) * (mid - 1))
    return int(math.copysign(steps + mid, relative))


def relative_indices(length: int, buckets: int, max_relative: int) -> np.ndarray:
    """idx[i, j] into the rows of rel_embeddings, for queries i and keys j."""
    span = buckets if buckets > 0 else max_relative
    table = {r: min(max(bucket(r, buckets, max_relative) + span, 0), 2 * span - 1) for r in range(1 - length, length)}
    return np.array([[table[i - j] for j in range(length)] for i in range(length)])


error_function = np.vectorize(math.erf, otypes=[np.float64])


def gelu(x: np.ndarray) -> np.ndarray:
    return 0.5 * x * (1.0 + error_function(x / math.sqrt(2.0)))


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "gelu": gelu,
    "gelu_new": lambda x: 0.5 * x * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3))),
    "relu": lambda x: np.maximum(x, 0.0),
    "silu": lambda x: x / (1.0 + np.exp(-x)),
    "tanh": np.tanh,
}


@dataclass
class Row:
    """What is computed for one row: values of the valid positions only."""

    positions: np.ndarray
    hidden_states: list[np.ndarray] = field(default_factory=list)
    attentions: list[np.ndarray] = field(default_factory=list)
    logits: np.ndarray | None = None


class NumpyDeberta:
    """`without` names score terms to leave out ("c2p", "p2c"), to see how much they matter.

    With `float32_scale` the square root that divides the scores is rounded to float32, as transformers
    does even in float64.
    """

    def __init__(
        self,
        folder: Path,
        tensor_prefix: str | None,
        without: frozenset[str] = frozenset(),
        float32_scale: bool = False,
    ) -> None:
        self.config: dict[str, Any] = json.loads((folder / "config.json").read_text())
        self.weights = read_weights(folder, tensor_prefix)
        self.without = without
        self.float32_scale = float32_scale
        self.eps = self.config.get("layer_norm_eps", 1e-7)
        self.heads = self.config["num_attention_heads"]
        self.relative = self.config.get("relative_attention", False)
        self.buckets = self.config.get("position_buckets", -1)
        self.max_relative = self.config.get("max_relative_positions", -1)
        if self.max_relative < 1:
            self.max_relative = self.config["max_position_embeddings"]
        terms = self.config.get("pos_att_type") or []
        if isinstance(terms, str):
            terms = terms.split("|")
        self.terms = {term.strip().lower() for term in terms}

    def linear(self, name: str, x: np.ndarray) -> np.ndarray:
        y = x @ self.weights[name + ".weight"].T
        bias = self.weights.get(name + ".bias")
        return y if bias is None else y + bias

    def layer_norm(self, name: str, x: np.ndarray) -> np.ndarray:
        centred = x - x.mean(-1, keepdims=True)
        normal = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + self.eps)
        return normal * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def activation(self, key: str, default: str) -> Callable[[np.ndarray], np.ndarray]:
        return ACTIVATIONS[self.config.get(key, default)]

    def split_heads(self, x: np.ndarray) -> np.ndarray:
        return x.reshape(x.shape[0], self.heads, -1).transpose(1, 0, 2)

    def embed(self, ids: np.ndarray, types: np.ndarray, positions: np.ndarray) -> np.ndarray:
        x = self.weights["embeddings.word_embeddings.weight"][ids]
        if self.config.get("position_biased_input", True):
            x = x + self.weights["embeddings.position_embeddings.weight"][positions]
        if self.config.get("type_vocab_size", 0) > 0:
            x = x + self.weights["embeddings.token_type_embeddings.weight"][types]
        if self.config.get("embedding_size", self.config["hidden_size"]) != self.config["hidden_size"]:
            x = self.linear("embeddings.embed_proj", x)
        return self.layer_norm("embeddings.LayerNorm", x)

    def relative_embeddings(self) -> np.ndarray:
        rows = self.weights["encoder.rel_embeddings.weight"]
        norms = [part.strip() for part in self.config.get("norm_rel_ebd", "none").lower().split("|")]
        return self.layer_norm("encoder.LayerNorm", rows) if "layer_norm" in norms else rows

    def attention(self, layer: str, x: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        name = f"{layer}.attention.self"
        projected = (self.linear(f"{name}.{part}_proj", x) for part in ("query", "key", "value"))
        query, key, value = (self.split_heads(part) for part in projected)
        scores = query @ key.transpose(0, 2, 1)
        # The scale counts the listed terms even when relative_attention is false and they are not computed.
        scale = math.sqrt(query.shape[-1] * (1 + len(self.terms & {"c2p", "p2c"})))
        if self.float32_scale:
            scale = float(np.float32(scale))
        if self.relative:
            shared = self.config.get("share_att_key", False)
            index = relative_indices(int(positions.max()) + 1, self.buckets, self.max_relative)
            index = index[np.ix_(positions, positions)]
            i, j = np.indices(index.shape)
            if "c2p" in self.terms - self.without:
                part = "key_proj" if shared else "pos_key_proj"
                pos_key = self.split_heads(self.linear(f"{name}.{part}", self.relative_embeddings()))
                scores = scores + (query @ pos_key.transpose(0, 2, 1))[:, i, index]
            if "p2c" in self.terms - self.without:
                part = "query_proj" if shared else "pos_query_proj"
                pos_query = self.split_heads(self.linear(f"{name}.{part}", self.relative_embeddings()))
                scores = scores + (key @ pos_query.transpose(0, 2, 1))[:, j, index]
        scores = scores / scale
        probabilities = np.exp(scores - scores.max(-1, keepdims=True))
        probabilities /= probabilities.sum(-1, keepdims=True)
        context = (probabilities @ value).transpose(1, 0, 2).reshape(x.shape[0], -1)
        output = self.linear(f"{layer}.attention.output.dense", context)
        return self.layer_norm(f"{layer}.attention.output.LayerNorm", output + x), probabilities

    def convolution(self, embedded: np.ndarray, layer_output: np.ndarray, positions: np.ndarray) -> np.ndarray:
        weight, bias = self.weights["encoder.conv.conv.weight"], self.weights["encoder.conv.conv.bias"]
        outputs, group_inputs, width = weight.shape
        groups = self.config.get("conv_groups", 1)
        padding = (width - 1) // 2
        # Back onto the original positions: a gap is zeros, not its neighbours moved together.
        line = np.zeros((int(positions.max()) + 1 + 2 * padding, embedded.shape[1]))
        line[positions + padding] = embedded
        result = np.empty_like(embedded)
        for group in range(groups):
            out = slice(group * outputs // groups, (group + 1) * outputs // groups)
            inp = slice(group * group_inputs, (group + 1) * group_inputs)
            windows = np.stack([line[positions + k, inp] for k in range(width)], axis=-1)
            result[:, out] = np.einsum("sik,oik->so", windows, weight[out]) + bias[out]
        result = self.activation("conv_act", "tanh")(result)
        return self.layer_norm("encoder.conv.LayerNorm", layer_output + result)

    def encode(self, ids: np.ndarray, types: np.ndarray, positions: np.ndarray) -> Row:
        """One row: ids and types of the valid tokens, and where they stood."""
        row = Row(positions)
        embedded = x = self.embed(ids, types, positions)
        row.hidden_states.append(x)
        for n in range(self.config["num_hidden_layers"]):
            layer = f"encoder.layer.{n}"
            attended, probabilities = self.attention(layer, x, positions)
            inner = self.activation("hidden_act", "gelu")(self.linear(f"{layer}.intermediate.dense", attended))
            x = self.layer_norm(f"{layer}.output.LayerNorm", self.linear(f"{layer}.output.dense", inner) + attended)
            if n == 0 and self.config.get("conv_kernel_size", 0) > 0:
                x = self.convolution(embedded, x, positions)
            row.hidden_states.append(x)
            row.attentions.append(probabilities)
        row.logits = self.head(x)
        return row

    def head(self, x: np.ndarray) -> np.ndarray | None:
        """Logits per token [tokens, n] or of the row [1, n], chosen by the tensors that are there."""
        if "pooler.dense.weight" in self.weights:
            pooled = self.activation("pooler_hidden_act", "gelu")(self.linear("pooler.dense", x[:1]))
            return self.linear("classifier", pooled)
        if "classifier.weight" in self.weights:
            return self.linear("classifier", x)
        if "qa_outputs.weight" in self.weights:
            return self.linear("qa_outputs", x)
        words = self.weights["embeddings.word_embeddings.weight"]
        act = self.activation("hidden_act", "gelu")
        if "lm_predictions.lm_head.dense.weight" in self.weights:
            head = "lm_predictions.lm_head"
            inner = self.layer_norm(f"{head}.LayerNorm", act(self.linear(f"{head}.dense", x)))
            return inner @ words.T + self.weights[f"{head}.bias"]
        if "cls.predictions.bias" in self.weights:
            transform = "cls.predictions.transform"
            inner = self.layer_norm(f"{transform}.LayerNorm", act(self.linear(f"{transform}.dense", x)))
            return inner @ words.T + self.weights["cls.predictions.bias"]
        return None
