"""Checkpoints of the published shapes with random weights: speed does not depend on the values of weights."""

import subprocess
import sys
from pathlib import Path

MODELS = {
    "xsmall": {"hidden_size": 384, "num_hidden_layers": 12, "num_attention_heads": 6, "intermediate_size": 1536},
    "small": {"hidden_size": 768, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 3072},
    "base": {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072},
    "large": {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096},
}
VOCABULARY = 128100


def ensure_checkpoint(work: Path, model: str) -> Path:
    """Folder of the checkpoint, written by transformers unless it is there.

    It is written by a process of its own, so that the process that measures never loads PyTorch.
    """
    folder = work / "checkpoints" / model
    if not (folder / "complete").exists():
        print(f"writing the checkpoint {model}", flush=True)
        subprocess.run([sys.executable, __file__, model, folder], check=True, capture_output=True)
        (folder / "complete").touch()
    return folder


def write_checkpoint(model: str, folder: Path) -> None:
    import torch
    from transformers import DebertaV2Config, DebertaV2Model

    torch.manual_seed(0)
    config = DebertaV2Config(
        vocab_size=VOCABULARY,
        relative_attention=True,
        position_buckets=256,
        max_relative_positions=-1,
        pos_att_type=["p2c", "c2p"],
        share_att_key=True,
        norm_rel_ebd="layer_norm",
        position_biased_input=False,
        type_vocab_size=0,
        **MODELS[model],
    )
    DebertaV2Model(config).eval().save_pretrained(folder)


if __name__ == "__main__":
    write_checkpoint(sys.argv[1], Path(sys.argv[2]))
