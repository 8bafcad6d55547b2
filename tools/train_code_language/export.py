"""Round the checkpoint to F16 and write the model folder and the held-out test set."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import DebertaV2ForSequenceClassification

CONFIG_KEYS = (
    "architectures model_type vocab_size hidden_size num_hidden_layers num_attention_heads intermediate_size "
    "hidden_act hidden_dropout_prob attention_probs_dropout_prob max_position_embeddings type_vocab_size "
    "initializer_range layer_norm_eps relative_attention position_buckets max_relative_positions pad_token_id "
    "position_biased_input pos_att_type share_att_key norm_rel_ebd pooler_dropout pooler_hidden_act "
    "pooler_hidden_size id2label label2id"
).split()
TOKENIZER_CONFIG = {
    "tokenizer_class": "DebertaV2Tokenizer",
    "do_lower_case": False,
    "split_by_punct": False,
    "sp_model_kwargs": {},
    "vocab_type": "spm",
    "model_max_length": 512,
    "bos_token": "[CLS]",
    "cls_token": "[CLS]",
    "eos_token": "[SEP]",
    "sep_token": "[SEP]",
    "unk_token": "[UNK]",
    "pad_token": "[PAD]",
    "mask_token": "[MASK]",
}


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    parser.add_argument("--held-out", type=Path, required=True, help="the held-out test set to write")
    options = parser.parse_args()
    work, folder = options.work, options.model
    folder.mkdir(parents=True, exist_ok=True)
    options.held_out.parent.mkdir(parents=True, exist_ok=True)

    model = DebertaV2ForSequenceClassification.from_pretrained(work / "checkpoint")
    weights = {name: value.to(torch.float16).contiguous() for name, value in model.state_dict().items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)

    trained = json.loads((work / "checkpoint" / "config.json").read_text(encoding="utf-8"))
    trained["pos_att_type"] = "p2c|c2p"
    trained.setdefault("pooler_hidden_size", trained["hidden_size"])
    missing = [key for key in CONFIG_KEYS if key not in trained]
    if missing:
        raise KeyError(f"the checkpoint's config lacks {missing}")
    write_json(folder / "config.json", {key: trained[key] for key in CONFIG_KEYS} | {"torch_dtype": "float16"})
    write_json(folder / "tokenizer_config.json", TOKENIZER_CONFIG)
    shutil.copyfile(work / "tokenizer.json", folder / "tokenizer.json")
    shutil.copyfile(work / "spm.model", folder / "spm.model")
    shutil.copyfile(work / "test.jsonl", options.held_out)


if __name__ == "__main__":
    main()
