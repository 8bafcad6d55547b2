"""Writes the tokenizer goldens: what the `tokenizers` library makes of texts.json.

    python make_tokenizer_goldens.py [--train] [FOLDER ...]

Without arguments, for the two small tokenizers that stand beside texts.json. Each FOLDER holds a further
tokenizer.json; its expected values go to tests/goldens/tokenizer/<name of FOLDER, with underscores>/, the
tokenizer itself is not copied. --train makes the two small tokenizers anew; the texts changed, for example,
do not need it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Encoding, Tokenizer

from tokenizer_training import SMALL_TOKENIZERS, convert, train

# Texts longer than this are kept as checksums.
LONGEST_WRITTEN_OUT = 2000

STRATEGIES = ("longest_first", "only_first", "only_second")
LONG = "The library opens a folder, reads the weights, and answers the same numbers on every machine."
MIDDLE = "Relative positions are bucketed, [MASK] too."
SHORT = "Yes, it is."
# (text, pair, maximal length, strategy); lengths count the special tokens.
TRUNCATIONS: list[tuple[str, str | None, int, str]] = (
    [(LONG, None, length, "longest_first") for length in (2, 3, 4, 10, 17, 512)]
    + [("日本語の文章と😀絵文字", None, 6, "longest_first"), ("", None, 2, "longest_first")]
    + [(SHORT, None, 5, "only_first")]
    + [(LONG, MIDDLE, length, strategy) for length in (24, 31, 500) for strategy in STRATEGIES]
    + [(MIDDLE, LONG, length, strategy) for length in (24, 31) for strategy in STRATEGIES]
    + [(SHORT, LONG, length, "longest_first") for length in (3, 4, 5, 6, 7, 8, 9, 13, 14)]
    + [(LONG, SHORT, length, "longest_first") for length in (5, 6, 7, 8, 13)]
    + [(LONG, LONG, length, "longest_first") for length in (9, 10, 16, 17)]
    + [(SHORT, LONG, 6, "only_first"), (LONG, "", 8, "longest_first"), ("", LONG, 8, "longest_first")]
    + [("", LONG, 8, "only_second"), (LONG, "", 8, "only_first"), ("[MASK][MASK]", "[SEP] x [SEP]", 6, "longest_first")]
)


def text_of(entry: dict[str, Any]) -> str:
    return entry["repeat"] * entry["times"] if "repeat" in entry else entry["text"]


def sha256_of_u32(values: Any) -> str:
    return hashlib.sha256(np.asarray(values, dtype="<u4").tobytes()).hexdigest()


def check_derivable(encoding: Encoding) -> None:
    """The special tokens mask is not stored: it marks the first token and the last one of each text."""
    types = encoding.type_ids
    last = [n for n in range(len(types)) if n + 1 == len(types) or types[n + 1] != types[n]]
    assert encoding.special_tokens_mask == [int(n == 0 or n in last) for n in range(len(types))]
    assert encoding.attention_mask == [1] * len(types) and not encoding.overflowing


def expected_encoding(tokenizer: Tokenizer, entry: dict[str, Any]) -> dict[str, Any]:
    text, pair = text_of(entry), entry.get("pair")
    encoding = tokenizer.encode(text, pair)
    check_derivable(encoding)
    if len(text) > LONGEST_WRITTEN_OUT:
        return {
            "count": len(encoding.ids),
            "ids_sha256": sha256_of_u32(encoding.ids),
            "offsets_sha256": sha256_of_u32(encoding.offsets),
        }
    return {"ids": encoding.ids, "type_ids": encoding.type_ids, "offsets": encoding.offsets}


def expected_truncation(
    tokenizer: Tokenizer, text: str, pair: str | None, max_length: int, strategy: str
) -> dict[str, Any]:
    result: dict[str, Any] = {"text": text}
    if pair is not None:
        result["pair"] = pair
    result |= {"max_length": max_length, "strategy": strategy}
    tokenizer.enable_truncation(max_length, strategy=strategy, direction="right")
    try:
        encoding = tokenizer.encode(text, pair)
    except Exception as error:  # the library raises nothing narrower
        return result | {"error": str(error)}
    finally:
        tokenizer.no_truncation()
    return result | {"ids": encoding.ids, "type_ids": encoding.type_ids}


def write_lines(path: Path, entries: list[dict[str, Any]]) -> None:
    """A JSON array with one entry per line: small, and still readable in a diff."""
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def write_expected(tokenizer_path: Path, texts: list[dict[str, Any]], folder: Path) -> None:
    tokenizer = Tokenizer.from_file(str(tokenizer_path))
    # A published tokenizer.json may come with its own truncation and padding switched on.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    encodings = [expected_encoding(tokenizer, entry) for entry in texts]
    write_lines(folder / "expected.json", encodings)
    write_lines(folder / "truncation.json", [expected_truncation(tokenizer, *case) for case in TRUNCATIONS])
    written = [encoding for encoding in encodings if "ids" in encoding]
    unknown = sum(encoding["ids"].count(3) for encoding in written)
    total = sum(len(encoding["ids"]) for encoding in written)
    print(f"{folder.name}: {len(encodings)} texts, {total} ids written out, {unknown} of them unknown")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", action="store_true", help="train and convert the two small tokenizers anew")
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="folder with a tokenizer.json")
    arguments = parser.parse_args()

    output = Path(__file__).resolve().parents[2] / "tests" / "goldens" / "tokenizer"
    texts: list[dict[str, Any]] = json.loads((output / "texts.json").read_text(encoding="utf-8"))
    for small in SMALL_TOKENIZERS:
        folder = output / small.name
        if arguments.train:
            train(small, texts, folder)
            convert(small, folder)
        write_expected(folder / "tokenizer.json", texts, folder)
    for source in arguments.folders:
        name = source.resolve().name.replace("-", "_")
        write_expected(source / "tokenizer.json", texts, output / name)


if __name__ == "__main__":
    main()
