"""Writes the encoder goldens: small DeBERTa checkpoints and what transformers computes for them in float64.

    python make_encoder_goldens.py [--output DIR]

Everything but the tensors `pytorch_float32_error*` comes out the same on every run.
"""

from __future__ import annotations

import argparse
import copy
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
import safetensors.torch
import torch
import transformers

from checkpoints import Checkpoint, all_checkpoints
from float64_audit import requiring_float64
from golden_cases import Case, seeded_generator
from reordering import ReorderedModel, reordered, unchanged

# Spread of the attention scores. Large enough that attention is far from uniform, so that an error in any
# of the three score terms shows; small enough that float32 keeps about six digits.
SCORE_SPREAD = 2.5
# Float32 runs in addition to the one with the units in the stored order.
REORDERED_RUNS = 8
SCORE_PROJECTIONS = ("query_proj", "key_proj", "pos_key_proj", "pos_query_proj")
EMBEDDING_SPREADS = {
    "word_embeddings": 1.0,
    "rel_embeddings": 1.0,
    "position_embeddings": 0.7,
    "token_type_embeddings": 0.7,
}


def random_parameter(name: str, shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    """Values under which every parameter matters: no zero bias, no gain of one."""
    module, _, kind = name.rpartition(".")
    module = module.rpartition(".")[2]
    if module == "LayerNorm":
        values = generator.uniform(0.8, 1.2, shape) if kind == "weight" else generator.normal(0.0, 0.15, shape)
    elif kind == "bias":
        values = generator.normal(0.0, 0.15, shape)
    elif module in EMBEDDING_SPREADS:
        values = generator.normal(0.0, EMBEDDING_SPREADS[module], shape)
    elif module in SCORE_PROJECTIONS:
        values = generator.normal(0.0, np.sqrt(SCORE_SPREAD / shape[1]), shape)
    else:
        fan_in = int(np.prod(shape[1:]))
        values = generator.normal(0.0, 1.0 / np.sqrt(fan_in), shape)
    return values.astype(np.float32)


def random_model(checkpoint: Checkpoint) -> transformers.PreTrainedModel:
    config = transformers.DebertaV2Config(**checkpoint.config)
    model = getattr(transformers, checkpoint.model_class)(config)
    parameters = sorted(model.named_parameters(), key=lambda item: item[0])
    with torch.no_grad():
        for name, parameter in parameters:
            # One stream per tensor: adding a tensor leaves the others as they are.
            values = random_parameter(name, tuple(parameter.shape), seeded_generator(checkpoint.name, name))
            parameter.copy_(torch.from_numpy(values))
    return model


def edit_config(folder: Path, checkpoint: Checkpoint) -> None:
    path = folder / "config.json"
    config: dict[str, Any] = json.loads(path.read_text()) | checkpoint.config_set
    if checkpoint.config_keep_only:
        config = {key: value for key, value in config.items() if key in checkpoint.config_keep_only}
    for key in checkpoint.config_drop:
        config.pop(key, None)
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def edit_tensors(folder: Path, checkpoint: Checkpoint) -> None:
    path = folder / "model.safetensors"
    tensors = safetensors.torch.load_file(path)
    if checkpoint.tensor_prefix is not None:
        tensors = {checkpoint.tensor_prefix + name: tensor for name, tensor in tensors.items()}
    for name, shape in checkpoint.extra_tensors.items():
        assert name not in tensors, name
        if name.endswith("position_ids"):
            tensors[name] = torch.arange(shape[-1]).expand(shape).contiguous()
        else:
            values = seeded_generator(checkpoint.name, name).normal(size=shape).astype(np.float32)
            tensors[name] = torch.from_numpy(values)
    path.write_bytes(safetensors.torch.save(tensors, metadata={"format": "pt"}))


def write_checkpoint(checkpoint: Checkpoint, folder: Path) -> transformers.PreTrainedModel:
    """Saves the checkpoint and gives the model read back from the files, in float32."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    model_class = getattr(transformers, checkpoint.model_class)
    random_model(checkpoint).to(getattr(torch, checkpoint.stored_dtype)).save_pretrained(
        folder, max_shard_size=checkpoint.max_shard_size
    )
    edit_config(folder, checkpoint)

    # A dropped key must not change the reference: `legacy` is given back to transformers, which has no
    # other way to know which of its two masked-LM heads the tensors belong to.
    overrides = {key: checkpoint.config[key] for key in checkpoint.config_drop}
    model, info = model_class.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True, **overrides
    )
    for path in folder.iterdir():
        # safetensors leaves its files readable by their owner only.
        path.chmod(0o644)
    assert not info["missing_keys"] and not info["unexpected_keys"] and not info["mismatched_keys"], info

    if checkpoint.tensor_prefix is not None or checkpoint.extra_tensors:
        edit_tensors(folder, checkpoint)
    return model.eval()


def run(model: transformers.PreTrainedModel, case: Case, inputs: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    tensors = {name: torch.from_numpy(value) for name, value in inputs.items()}
    is_multiple_choice = isinstance(model, transformers.DebertaV2ForMultipleChoice)
    if is_multiple_choice:
        tensors = {name: tensor.view(-1, 4, tensor.shape[-1]) for name, tensor in tensors.items()}
    with torch.no_grad():
        result = model(**tensors, output_hidden_states=True, output_attentions=True)

    outputs = {"last_hidden_state": result.hidden_states[-1]}
    if case.all_layers:
        outputs |= {f"hidden_states.{n}": tensor for n, tensor in enumerate(result.hidden_states)}
        outputs |= {f"attentions.{n}": tensor for n, tensor in enumerate(result.attentions)}
    if isinstance(model, transformers.DebertaV2ForQuestionAnswering):
        outputs["logits"] = torch.stack([result.start_logits, result.end_logits], dim=-1)
    elif is_multiple_choice:
        outputs["logits"] = result.logits.view(-1, 1)
    elif "logits" in result and (result.logits.dim() == 3 or case.gives_row_logits()):
        outputs["logits"] = result.logits
    return outputs


def zero_padding(name: str, values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Rows of padded positions are undefined; they are stored as zeros."""
    if name.startswith("attentions."):
        return np.where(mask[:, None, :, None] == 1, values, 0.0)
    if values.ndim == 3:
        return np.where(mask[:, :, None] == 1, values, 0.0)
    return values


def largest_errors(
    expected: dict[str, np.ndarray], variant: ReorderedModel, case: Case, inputs: dict[str, np.ndarray]
) -> dict[str, float]:
    outputs = run(variant.model, case, inputs)
    errors = {}
    for name, values in expected.items():
        assert outputs[name].dtype == torch.float32, name
        float32 = variant.in_original_order(name, outputs[name]).double().numpy()
        errors[name] = float(np.abs(zero_padding(name, float32, case.mask()) - values).max())
    return errors


def write_case(
    checkpoint: Checkpoint,
    case: Case,
    model64: transformers.PreTrainedModel,
    variants: list[ReorderedModel],
    folder: Path,
) -> dict[str, Any]:
    config = model64.config
    inputs = case.inputs(checkpoint.name, config.vocab_size, config.type_vocab_size)
    with requiring_float64(f"{checkpoint.name}/{case.name}"):
        outputs = run(model64, case, inputs)
    expected = {}
    for name, tensor in outputs.items():
        assert tensor.dtype == torch.float64 and tensor.isfinite().all(), name
        expected[name] = np.ascontiguousarray(zero_padding(name, tensor.numpy(), case.mask()))

    first, *others = [largest_errors(expected, variant, case, inputs) for variant in variants]
    stored = inputs | expected
    for name in expected:
        stored[f"pytorch_float32_error.{name}"] = np.array([first[name]])
        stored[f"pytorch_float32_error_reordered.{name}"] = np.array([max(errors[name] for errors in others)])
    file_name = f"case_{case.name}.safetensors"
    (folder / file_name).write_bytes(safetensors.numpy.save(stored))

    shown = [
        f"{name} {first[name]:.1e} / {max(errors[name] for errors in others):.1e}"
        for name in ("last_hidden_state", "logits")
        if name in expected
    ]
    print(f"{checkpoint.name + '/' + case.name:32}{', '.join(shown)}")
    return {
        "checkpoint": checkpoint.name,
        "case": file_name,
        "tensor_prefix": checkpoint.tensor_prefix,
        "outputs": list(expected),
        "covers": f"{checkpoint.covers}; {case.covers}",
    }


def main() -> None:
    default_output = Path(__file__).resolve().parents[2] / "tests" / "goldens"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=default_output)
    output: Path = parser.parse_args().output

    print("case, then PyTorch float32 error in the stored order / largest over reordered runs")
    torch.set_num_threads(2)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    index = []
    for checkpoint in all_checkpoints():
        folder = output / checkpoint.name
        model = write_checkpoint(checkpoint, folder)
        model64 = copy.deepcopy(model).double()
        variants = [unchanged(model)]
        for n in range(REORDERED_RUNS):
            variants.append(reordered(model, seeded_generator(checkpoint.name, f"order {n}")))
        for case in sorted(checkpoint.cases, key=lambda case: case.name):
            index.append(write_case(checkpoint, case, model64, variants, folder))
    (output / "cases.json").write_text(json.dumps(index, indent=1) + "\n")


if __name__ == "__main__":
    main()
