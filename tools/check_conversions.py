#!/usr/bin/env python3
"""Loads what `deberta convert` writes with transformers and KerasHub, and compares their outputs with the source's.

    cargo build --package deberta-cli
    python tools/check_conversions.py target/debug/deberta

Needs the packages of tools/goldens/requirements.txt, and for Keras presets those of tools/goldens/requirements-keras.txt.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

import numpy as np
import torch
import transformers
from safetensors.numpy import load_file, save_file

REPOSITORY = Path(__file__).resolve().parent.parent
TOKEN_IDS = np.arange(4, 34, dtype=np.int64)[None]
TEXT = "fn main() { naïve }"
TOLERANCE = 1e-5


def convert(deberta, source, target, output):
    command = [deberta, "convert", "--model", source, "--to", target, "--output", output]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return output


def outputs_of_deberta(deberta, model, folder):
    save_file({"input_ids": TOKEN_IDS}, folder / "in.safetensors")
    command = [deberta, "encode", "--model", model, "--tensors", folder / "in.safetensors"]
    subprocess.run([*command, "--output", folder / "out.safetensors"], check=True)
    return load_file(folder / "out.safetensors")


def check(name, difference, most):
    print(f"{name}: {difference:.1e}")
    if not difference <= most:
        raise SystemExit(f"{name}: the difference is above {most}")


def check_transformers(deberta, folder):
    for source, model_class in [
        ("models/code-language", transformers.AutoModelForSequenceClassification),
        ("tests/goldens/sharded", transformers.AutoModelForSequenceClassification),
        ("tests/goldens/float16_stored", transformers.AutoModelForSequenceClassification),
        ("tests/goldens/token_classification", transformers.AutoModelForTokenClassification),
    ]:
        source = REPOSITORY / source
        converted = convert(deberta, source, "safetensors", folder / f"{source.name}-safetensors")
        with torch.no_grad():
            one, other = (
                model_class.from_pretrained(model, dtype=torch.float32).eval()(torch.from_numpy(TOKEN_IDS)).logits
                for model in (source, converted)
            )
        check(f"transformers, {source.name}", (one - other).abs().max().item(), 0)
        if (source / "tokenizer.json").exists():
            one, other = (transformers.AutoTokenizer.from_pretrained(model)(TEXT).input_ids for model in (source, converted))
            assert one == other, (one, other)
    for preset in ["backbone_float32", "backbone_sharded", "classifier"]:
        source = REPOSITORY / "tests/goldens/keras" / preset
        converted = convert(deberta, source, "safetensors", folder / f"{preset}-safetensors")
        model = transformers.AutoModel.from_pretrained(converted, dtype=torch.float32).eval()
        expected = outputs_of_deberta(deberta, source, folder)["last_hidden_state"]
        with torch.no_grad():
            found = model(torch.from_numpy(TOKEN_IDS)).last_hidden_state.numpy()
        check(f"transformers, {preset}", np.abs(found - expected).max(), TOLERANCE)


def check_keras(deberta, folder):
    import keras_hub

    batch = {"token_ids": TOKEN_IDS.astype("int32"), "padding_mask": np.ones_like(TOKEN_IDS, dtype="int32")}
    for source in ["models/code-language", "tests/goldens/v3_shared"]:
        source = REPOSITORY / source
        converted = str(convert(deberta, source, "keras", folder / f"{source.name}-keras"))
        expected = outputs_of_deberta(deberta, source, folder)
        backbone = keras_hub.models.DebertaV3Backbone.from_preset(converted)
        classifier = keras_hub.models.DebertaV3TextClassifier.from_preset(converted, preprocessor=None)
        for model, output in [(backbone, "last_hidden_state"), (classifier, "logits")]:
            found = model(batch).detach().cpu().numpy()
            check(f"keras-hub, {source.name}, {output}", np.abs(found - expected[output]).max(), TOLERANCE)


def main():
    deberta = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        check_transformers(deberta, Path(folder))
        check_keras(deberta, Path(folder))


if __name__ == "__main__":
    main()
