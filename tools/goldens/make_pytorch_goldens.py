"""Writes files of torch.save: checkpoints of the encoder goldens, and small tensors stored in every way that there is.

    python make_pytorch_goldens.py [--output DIR]

Where the numbers are the same in safetensors, that file is the expectation; for the small tensors it is written too.
The legacy form names storages by their addresses in memory, so those files differ from run to run.
"""

from __future__ import annotations

import argparse
import collections
import io
import json
import pickle
import shutil
import struct
from pathlib import Path
from typing import Any

import safetensors.torch
import torch

SHARD_BYTES = 60_000


def small_tensors() -> dict[str, Any]:
    """Tensors that share storages, or are stored in another order, or have types that weights do not have."""
    generator = torch.Generator().manual_seed(5)
    table = torch.randn(6, 5, generator=generator)
    half = torch.randn(40, generator=generator).half()
    with_attribute = torch.nn.Parameter(torch.randn(3, generator=generator))
    with_attribute.origin = "a test"
    return collections.OrderedDict(
        table=table,
        tied=table,
        transposed=table.t(),
        row=table[2],
        column=table[:, 3],
        inner=table[1:4, 1:3],
        every_other_row=table[::2],
        expanded=table[4].expand(3, 5),
        expanded_scalar=torch.tensor(1.5).expand(2, 2),
        permuted=torch.randn(2, 3, 4, generator=generator).permute(2, 0, 1),
        scalar=torch.tensor(-2.25),
        empty=torch.zeros(0, 4),
        half=half,
        half_transposed=half[7:19].view(3, 4).t(),
        brain=torch.randn(4, 3, generator=generator).bfloat16(),
        brain_part=torch.randn(9, generator=generator).bfloat16()[5:],
        parameter=torch.nn.Parameter(torch.randn(2, 2, generator=generator)),
        frozen_parameter=torch.nn.Parameter(torch.randn(2, generator=generator), requires_grad=False),
        parameter_with_attribute=with_attribute,
        float64=torch.randn(3, generator=generator).double(),
        int64=torch.arange(4)[None, :],
        int32=torch.arange(3, dtype=torch.int32),
        uint8=torch.arange(5, dtype=torch.uint8),
        bool=torch.tensor([True, False]),
    )


def contiguous(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}


def equal(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def save_shards(tensors: dict[str, torch.Tensor], folder: Path) -> None:
    """As transformers did it."""
    shards: list[dict[str, torch.Tensor]] = [{}]
    size = 0
    for name, tensor in tensors.items():
        if size and size + tensor.nbytes > SHARD_BYTES:
            shards.append({})
            size = 0
        shards[-1][name] = tensor
        size += tensor.nbytes
    weight_map = {}
    for number, shard in enumerate(shards, 1):
        file_name = f"pytorch_model-{number:05}-of-{len(shards):05}.bin"
        torch.save(shard, folder / file_name)
        weight_map |= dict.fromkeys(shard, file_name)
    total_size = sum(tensor.nbytes for tensor in tensors.values())
    index = {"metadata": {"total_size": total_size}, "weight_map": weight_map}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")


def training_checkpoint(tensors: dict[str, torch.Tensor]) -> dict[str, Any]:
    """What a training loop saves: weights under a key, the state of an optimizer, numbers and texts."""
    parameter = torch.nn.Parameter(tensors["classifier.bias"].float())
    optimizer = torch.optim.AdamW([parameter])
    parameter.sum().backward()
    optimizer.step()
    return {
        "epoch": 3,
        "state_dict": tensors,
        "optimizer": optimizer.state_dict(),
        "losses": [0.7, 0.25, 1e-3],
        "best": None,
        "name": "größer",
        "steps": 2**40,
    }


class OldTensor:
    """Is pickled as PyTorch before 0.4 pickled a tensor."""

    def __init__(self, tensor: torch.Tensor) -> None:
        self.tensor = tensor

    def __reduce__(self) -> tuple[Any, ...]:
        tensor = self.tensor
        arguments = (tensor.storage(), tensor.storage_offset(), tuple(tensor.size()), tensor.stride())
        return torch._utils._rebuild_tensor, arguments


def save_with_parts(path: Path) -> dict[str, torch.Tensor]:
    """The legacy form with storages that are parts of others, which PyTorch up to 0.3 wrote and none can write today;
    torch.load still reads it, and is asked whether this is right."""
    whole = torch.arange(12, dtype=torch.float32)
    parts = {"first": (whole[2:8], 2), "second": (whole[8:12], 8)}
    offsets = {part.data_ptr(): offset for part, offset in parts.values()}

    class Pickler(pickle.Pickler):
        def persistent_id(self, value: Any) -> Any:
            if not isinstance(value, torch.storage.TypedStorage):
                return None
            offset = offsets[value.data_ptr()]
            part = (f"part {offset}", offset, value.size())
            return ("storage", torch.FloatStorage, "whole", "cpu", len(whole), part)

    tensors = {name: OldTensor(part.clone()) for name, (part, _) in parts.items()}
    offsets |= {tensors[name].tensor.data_ptr(): offset for name, (_, offset) in parts.items()}
    file = io.BytesIO()
    system = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 8}}
    for value in (torch.serialization.MAGIC_NUMBER, torch.serialization.PROTOCOL_VERSION, system):
        pickle.dump(value, file, protocol=2)
    Pickler(file, protocol=2).dump(tensors)
    pickle.dump(["whole"], file, protocol=2)
    file.write(struct.pack("<q", len(whole)) + whole.numpy().tobytes())
    path.write_bytes(file.getvalue())
    expected = {name: part.clone() for name, (part, _) in parts.items()}
    assert equal(torch.load(path), expected)
    return expected


def main() -> None:
    goldens = Path(__file__).resolve().parents[2] / "tests" / "goldens"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=goldens / "pytorch")
    output: Path = parser.parse_args().output
    if output.exists():
        shutil.rmtree(output)
    output.mkdir(parents=True)

    def load(checkpoint: str) -> dict[str, torch.Tensor]:
        files = sorted((goldens / checkpoint).glob("model*.safetensors"))
        return {name: tensor for file in files for name, tensor in safetensors.torch.load_file(file).items()}

    float16 = load("float16_stored")
    torch.save(float16, output / "float16_stored.bin")
    torch.save(float16, output / "float16_stored_legacy.bin", _use_new_zipfile_serialization=False)
    torch.save(training_checkpoint(load("token_classification")), output / "token_classification_training.bin")
    (output / "sharded").mkdir()
    save_shards(load("sharded"), output / "sharded")

    tensors = small_tensors()
    expected = contiguous(tensors)
    # Not expressible in the legacy form, nor in a storage class.
    newer = {"uint16": torch.tensor([1, 2], dtype=torch.uint16), "float8": torch.ones(2).to(torch.float8_e4m3fn)}
    safetensors.torch.save_file(expected | newer, output / "small.safetensors")
    (output / "small.safetensors").chmod(0o644)
    for protocol in range(1, 6):
        torch.save(tensors | newer, output / f"small_protocol_{protocol}.bin", pickle_protocol=protocol)
        path = output / f"small_legacy_protocol_{protocol}.bin"
        torch.save(tensors, path, pickle_protocol=protocol, _use_new_zipfile_serialization=False)
        assert equal(torch.load(path, weights_only=False), expected)

    parts = save_with_parts(output / "parts_legacy.bin")
    safetensors.torch.save_file(parts, output / "parts.safetensors")
    (output / "parts.safetensors").chmod(0o644)


if __name__ == "__main__":
    main()
