"""Writes how keras-hub tokenizes, truncates and packs texts with one of the SentencePiece goldens.

    python make_keras_tokenizer_goldens.py

Needs the packages of requirements-keras.txt, and no TensorFlow.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"

import keras_hub
import numpy as np

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "goldens" / "sentencepiece"
MODEL = "bytes_8k"

LONG = "The library opens a folder, reads the weights, and answers the same numbers on every machine."
MIDDLE = "Relative positions are bucketed, [MASK] too: é𓀀."
SHORT = "Yes, it is."
# Texts of a row, and the lengths to pack them into; lengths count the special tokens.
ROWS: list[tuple[tuple[str, ...], tuple[int, ...]]] = [
    ((LONG,), (2, 3, 4, 10, 17, 64)),
    (("",), (2, 3, 8)),
    ((LONG, MIDDLE), (3, 4, 5, 10, 23, 24, 31, 39, 40, 128)),
    ((MIDDLE, LONG), (3, 4, 5, 10, 23, 24, 31, 39, 40, 128)),
    ((SHORT, LONG), (3, 4, 5, 6, 7, 8, 9, 13, 14, 20)),
    ((LONG, SHORT), (3, 4, 5, 6, 7, 8, 9, 13, 14, 20, 26)),
    ((LONG, LONG), (9, 10, 16, 17)),
    (("", LONG), (3, 4, 8)),
    ((LONG, ""), (3, 4, 8)),
    (("", ""), (3, 4)),
]


def main() -> None:
    tokenizer = keras_hub.tokenizers.DebertaV3Tokenizer(proto=str(FOLDER / MODEL / "spm.model"))
    entries: list[dict[str, Any]] = []
    for texts, lengths in ROWS:
        segments = tuple(np.asarray(tokenizer(text)).tolist() for text in texts)
        for strategy in ("round_robin", "waterfall"):
            for length in lengths:
                packer = keras_hub.layers.MultiSegmentPacker(
                    sequence_length=length,
                    start_value=tokenizer.cls_token_id,
                    end_value=tokenizer.sep_token_id,
                    # Beyond the vocabulary, so that padding is told from text.
                    pad_value=tokenizer.vocabulary_size(),
                    truncate=strategy,
                )
                ids, segment_ids = (np.asarray(array) for array in packer(segments))
                used = ids != tokenizer.vocabulary_size()
                entries.append(
                    {
                        "texts": texts,
                        "max_length": length,
                        "strategy": strategy,
                        "ids": ids[used].tolist(),
                        "type_ids": segment_ids[used].tolist(),
                    }
                )
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries)
    (FOLDER / "keras.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(entries)} packed rows")


if __name__ == "__main__":
    main()
