"""Writes the goldens of Keras presets: small presets as KerasHub saves them, and what its models compute for them.

    python make_keras_goldens.py [--output DIR]

With KerasHub 0.17 it writes only the presets whose names end in `_0_17`; with any other version the rest.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import keras
import keras_hub
import numpy as np
import safetensors.numpy
import sentencepiece

from golden_cases import FULL, Case, seeded_generator

OLD_VERSION = keras_hub.__version__ == "0.17.0"

BACKBONE: dict[str, Any] = {
    "vocabulary_size": 60,
    "num_layers": 1,
    "num_heads": 4,
    "hidden_dim": 16,
    "intermediate_dim": 24,
    "max_sequence_length": 64,
    "bucket_size": 16,
}

# Long enough for distances beyond the eight buckets that stand for themselves.
LONG = Case(
    "long",
    (
        "x" * 40,
        "x" * 23 + "." * 17,
        "xx.xxx..xxxx" + "x" * 20 + ".xxx...x",
        "x" + "." * 39,
    ),
    "distances in logarithmic buckets, right padding, holes, a row of one token",
)
MIXED = Case(
    "mixed",
    ("x" * 20, "x" * 12 + "." * 8, "xx.xxx..xxxxxxxx...x", "x" + "." * 19),
    "right padding, holes, a row of one token",
)
SHORT = Case("short", FULL, "no attention_mask", with_mask=False)


@dataclass(frozen=True)
class Preset:
    name: str
    covers: str
    backbone: dict[str, Any] = field(default_factory=dict)
    dtype: str = "float32"
    # None for the backbone alone.
    task: str | None = None
    task_arguments: dict[str, Any] = field(default_factory=dict)
    # In GB, as `save_to_preset` takes it.
    shard_size: float = 10
    case: Case = MIXED


CLASSIFIER = "DebertaV3TextClassifier"
PRESETS = [
    Preset("backbone_float32", "two layers, one file", {"num_layers": 2}, case=LONG),
    Preset("backbone_bfloat16", "stored as bfloat16", dtype="bfloat16"),
    Preset("backbone_float16", "stored as float16", dtype="float16"),
    Preset(
        "backbone_sharded",
        "two shards; computed in bfloat16, stored as float32",
        dtype="mixed_bfloat16",
        shard_size=9e-6,
    ),
    Preset(
        "classifier",
        "no activation, the hidden size of the backbone",
        task=CLASSIFIER,
        task_arguments={"num_classes": 3},
    ),
    Preset(
        "classifier_sigmoid",
        "sigmoid, another hidden size than the backbone's, stored as bfloat16",
        dtype="bfloat16",
        task=CLASSIFIER,
        task_arguments={"num_classes": 2, "activation": "sigmoid", "hidden_dim": 12},
    ),
    Preset("masked_lm", "masked LM", task="DebertaV3MaskedLM", case=SHORT),
    Preset(
        "classifier_0_17",
        "written by KerasHub 0.17: softmax, another hidden size; the task's file has the backbone, too",
        task=CLASSIFIER,
        task_arguments={"num_classes": 3, "activation": "softmax", "hidden_dim": 20},
    ),
]


def randomise(model: keras.Model, preset: str) -> None:
    """Values under which every parameter matters: no zero bias, no gain of one."""
    for variable in model.trainable_variables:
        shape = tuple(variable.shape)
        generator = seeded_generator(preset, variable.path)
        name = variable.path.rsplit("/", 1)[-1]
        if name == "gamma":
            values = generator.uniform(0.8, 1.2, shape)
        elif name in ("beta", "bias"):
            values = generator.normal(0.0, 0.15, shape)
        elif name == "kernel":
            # Scores that are spread, so that attention is far from uniform.
            spread = 2.5 if "/query/" in variable.path or "/key/" in variable.path else 1.0
            values = generator.normal(0.0, np.sqrt(spread / shape[0]), shape)
        else:
            values = generator.normal(0.0, 1.0, shape)
        variable.assign(values.astype(np.float32))


def build(preset: Preset) -> keras.Model:
    backbone = keras_hub.models.DebertaV3Backbone(**BACKBONE | preset.backbone, dtype=preset.dtype)
    if preset.task is None:
        return backbone
    # KerasHub 0.17 cannot save a task without a preprocessor.
    preprocessor = text_preprocessor() if OLD_VERSION else None
    return getattr(keras_hub.models, preset.task)(
        backbone, preprocessor=preprocessor, **preset.task_arguments
    )


def text_preprocessor() -> keras_hub.models.DebertaV3TextClassifierPreprocessor:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["the quick brown fox jumps over the lazy dog"] * 20),
        model_writer=model,
        vocab_size=32,
        normalization_rule_name="identity",
        pad_id=0,
        bos_id=1,
        eos_id=2,
        unk_id=3,
        pad_piece="[PAD]",
        bos_piece="[CLS]",
        eos_piece="[SEP]",
        unk_piece="[UNK]",
        minloglevel=2,
    )
    return keras_hub.models.DebertaV3TextClassifierPreprocessor(
        keras_hub.models.DebertaV3Tokenizer(model.getvalue()), sequence_length=24, truncate="waterfall"
    )


def float64_twin(preset: Preset, model: keras.Model) -> keras.Model:
    """The model in float64 with the weights as they are stored."""
    keras.config.set_floatx("float64")
    twin = build(Preset(**preset.__dict__ | {"dtype": "float64"}))
    for target, source in zip(twin.weights, model.weights, strict=True):
        target.assign(keras.ops.convert_to_numpy(keras.ops.cast(source, "float32")).astype(np.float64))
    keras.config.set_floatx("float32")
    return twin


def run(preset: Preset, model: keras.Model, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    ids = inputs["input_ids"]
    mask = inputs.get("attention_mask", np.ones_like(ids))
    arguments = {"token_ids": ids, "padding_mask": mask}
    backbone = model if preset.task is None else model.backbone
    outputs = {"last_hidden_state": backbone(arguments)}
    if preset.task == CLASSIFIER:
        outputs["predictions"] = model(arguments)
        activation, model.output_dense.activation = model.output_dense.activation, keras.activations.linear
        outputs["logits"] = model(arguments)
        model.output_dense.activation = activation
    elif preset.task is not None:
        positions = np.broadcast_to(np.arange(ids.shape[1]), ids.shape)
        outputs["logits"] = model(arguments | {"mask_positions": positions})
    arrays = {
        name: np.ascontiguousarray(keras.ops.convert_to_numpy(keras.ops.cast(value, "float64")))
        for name, value in outputs.items()
    }
    # Rows of padded positions are undefined; they are stored as zeros.
    arrays["last_hidden_state"] = np.where(mask[:, :, None] == 1, arrays["last_hidden_state"], 0.0)
    return arrays


def write(preset: Preset, output: Path) -> dict[str, Any]:
    folder = output / preset.name
    if folder.exists():
        shutil.rmtree(folder)
    keras.utils.clear_session()
    model = build(preset)
    randomise(model, preset.name)
    sharding = {} if OLD_VERSION else {"max_shard_size": preset.shard_size}
    model.save_to_preset(str(folder), **sharding)
    # The date it was saved on would make every run different.
    (folder / "metadata.json").unlink()
    # These goldens are about weights.
    (folder / "tokenizer.json").unlink(missing_ok=True)
    shutil.rmtree(folder / "assets", ignore_errors=True)

    inputs = preset.case.inputs(preset.name, BACKBONE["vocabulary_size"], 0)
    expected = run(preset, float64_twin(preset, model), inputs)
    if preset.dtype == "float32" and not OLD_VERSION:
        # What a user of the preset gets: the same model in float32, read back from the files.
        loaded_class = keras_hub.models.Backbone if preset.task is None else type(model)
        loaded = run(preset, loaded_class.from_preset(str(folder)), inputs)
        errors = {name: np.abs(loaded[name] - expected[name]).max() for name in expected}
        assert all(error < 1e-5 for error in errors.values()), errors
        print(f"{preset.name:28}", {name: f"{error:.1e}" for name, error in errors.items()})
    else:
        print(f"{preset.name:28}", {name: f"{np.abs(value).max():.1e}" for name, value in expected.items()})
    file_name = f"case_{preset.case.name}.safetensors"
    (folder / file_name).write_bytes(safetensors.numpy.save(inputs | expected))
    return {
        "preset": preset.name,
        "case": file_name,
        "outputs": list(expected),
        "covers": f"{preset.covers}; {preset.case.covers}",
    }


def main() -> None:
    default_output = Path(__file__).resolve().parents[2] / "tests" / "goldens" / "keras"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=default_output)
    output: Path = parser.parse_args().output

    index_path = output / "cases.json"
    index = {case["preset"]: case for case in json.loads(index_path.read_text())} if index_path.exists() else {}
    for preset in PRESETS:
        if preset.name.endswith("_0_17") == OLD_VERSION:
            index[preset.name] = write(preset, output)
    listed = [index[preset.name] for preset in PRESETS if preset.name in index]
    index_path.write_text(json.dumps(listed, indent=1) + "\n")


if __name__ == "__main__":
    main()
