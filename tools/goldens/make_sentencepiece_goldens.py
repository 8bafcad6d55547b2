"""Writes the SentencePiece goldens: models, and what transformers 4 and SentencePiece make of texts with them.

    python make_sentencepiece_goldens.py [--train]

Needs the packages of requirements-transformers4.txt: later versions of transformers convert otherwise. --train makes
the models anew.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import io
import json
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sentencepiece
from transformers import AutoTokenizer

from make_tokenizer_goldens import LONGEST_WRITTEN_OUT, sha256_of_u32, text_of, write_lines
from tokenizer_training import training_sentences

GOLDENS = Path(__file__).resolve().parents[2] / "tests" / "goldens"


@dataclass(frozen=True)
class Model:
    name: str
    vocab_size: int
    normalization: str
    byte_fallback: bool
    user_defined: tuple[str, ...] = ()


MODELS = (
    Model("bytes_8k", 8000, "nmt_nfkc", True),
    Model("plain_8k", 8000, "nmt_nfkc", False),
    Model("folded_1k", 1000, "nmt_nfkc_cf", False, ("<br>", "C++", "<br/>", "▁▁▁")),
)

DOCUMENTED_MODULES = (
    "argparse ast asyncio bdb calendar codecs collections csv ctypes curses datetime decimal difflib dis doctest "
    "email.message ftplib functools gettext heapq http.client imaplib itertools locale logging mailbox math "
    "multiprocessing numbers optparse os pathlib pdb pickle platform random re sched shutil smtplib socket sqlite3 "
    "ssl statistics string subprocess sys tarfile tempfile textwrap threading time tkinter turtle typing "
    "unittest.mock urllib.request uuid warnings xml.dom.minidom zipfile"
).split()

# Beside those of the tokenizer goldens: user-defined symbols, and what normalization makes of their neighbours.
TEXTS = [
    {"text": text}
    for text in (
        "<br>",
        " <br> ",
        "a<br><br/>b",
        "<BR> c++ C++ C+++",
        "Ｃ++ and C＋＋",
        "▁▁▁▁▁▁▁",
        "x▁▁▁y   z",
        "<br>é<br>",
        "   <br>",
        "<br>   ",
        "C++\u0301",
    )
]

# Configuration files beside a model: each case is the files, and the golden is which tokens are added.
TOKEN = {"lstrip": False, "rstrip": False, "normalized": False, "single_word": False}
ADDED = TOKEN | {"__type": "AddedToken", "special": True}
MAPPED = {"cls_token": "[CLS]", "mask_token": "[MASK]", "unk_token": "[UNK]"}


def added(content: str, **flags: bool) -> dict[str, Any]:
    return ADDED | {"content": content} | flags


def mapped(content: str, **flags: bool) -> dict[str, Any]:
    return TOKEN | {"content": content} | flags


def decoder(*tokens: dict[str, Any]) -> dict[str, Any]:
    return {str(2000 + index): token for index, token in enumerate(tokens)}


CONFIGURATIONS: list[dict[str, Any]] = [
    {},
    {"tokenizer_config.json": {"do_lower_case": False, "vocab_type": "spm"}},
    {"tokenizer_config.json": {"do_lower_case": True}},
    {"tokenizer_config.json": {"split_by_punct": True}},
    {"tokenizer_config.json": {"do_lower_case": True, "split_by_punct": True}},
    {"tokenizer_config.json": {"mask_token": added("[MASK]", lstrip=True)}},
    {"tokenizer_config.json": {"mask_token": None}},
    {"tokenizer_config.json": {"additional_special_tokens": ["<x>"]}},
    {"tokenizer_config.json": {"additional_special_tokens": ["<x>", added("<y>", rstrip=True)]}},
    {"tokenizer_config.json": {"extra_special_tokens": {"image_token": "<img>"}}},
    {"tokenizer_config.json": {"cls_token": "<s>", "mask_token": "<mask>"}},
    {"tokenizer_config.json": {"unk_token": added("[UNK]")}},
    {"tokenizer_config.json": {"unk_token": "[UNK]", "added_tokens_decoder": {"3": added("[UNK]")}}},
    {
        "tokenizer_config.json": {
            "unk_token": "[UNK]",
            "mask_token": "[MASK]",
            "added_tokens_decoder": {
                "0": added("[PAD]"),
                "1": added("[CLS]"),
                "2": added("[SEP]"),
                "3": added("[UNK]", normalized=True),
                "2000": added("[MASK]"),
            },
        }
    },
    {"tokenizer_config.json": {"added_tokens_decoder": decoder(added("[MASK]", lstrip=True))}},
    {
        "tokenizer_config.json": {
            "added_tokens_decoder": decoder(
                added("[MASK]"), added("<b>", special=False, normalized=True, lstrip=True, single_word=True)
            )
        }
    },
    {"tokenizer_config.json": {"added_tokens_decoder": decoder(added("<b>", special=False), added("[MASK]"))}},
    {
        "tokenizer_config.json": {"added_tokens_decoder": decoder(added("[MASK]", lstrip=True))},
        "special_tokens_map.json": {"mask_token": mapped("[MASK]", rstrip=True)},
        "added_tokens.json": {"<c>": 2000},
    },
    {"special_tokens_map.json": MAPPED},
    {"special_tokens_map.json": MAPPED | {"additional_special_tokens": ["<x>", mapped("<y>", lstrip=True)]}},
    {"special_tokens_map.json": {"mask_token": mapped("[MASK]", lstrip=True, normalized=True)}},
    {"special_tokens_map.json": {"unk_token": mapped("[UNK]"), "cls_token": mapped("[CLS]", rstrip=True)}},
    {
        "tokenizer_config.json": {"mask_token": "[MASK]", "additional_special_tokens": ["<w>"]},
        "special_tokens_map.json": {
            "mask_token": mapped("[MASK]", rstrip=True),
            "additional_special_tokens": ["<x>"],
        },
    },
    {"added_tokens.json": {"[MASK]": 2000}},
    {"added_tokens.json": {"[MASK]": 2000}, "special_tokens_map.json": MAPPED},
    {"added_tokens.json": {"<foo>": 2001, "[MASK]": 2000}, "tokenizer_config.json": {"mask_token": "[MASK]"}},
    {"added_tokens.json": {"<foo>": 2000, "[MASK]": 2001}},
]


def sentences(texts: list[dict[str, Any]]) -> Iterator[str]:
    """The texts of the small tokenizers, and more of Python's documentation: 8000 pieces need it."""
    yield from training_sentences(texts)
    for name in DOCUMENTED_MODULES:
        module = importlib.import_module(name)
        members = [module] + [member for _, member in sorted(inspect.getmembers(module, callable))]
        for member in members:
            yield from (line.strip() for line in (inspect.getdoc(member) or "").splitlines() if line.strip())


def train(model: Model, texts: list[dict[str, Any]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    contents = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=sentences(texts),
        # Not to a file: its path would become part of the model.
        model_writer=contents,
        model_type="unigram",
        vocab_size=model.vocab_size,
        normalization_rule_name=model.normalization,
        character_coverage=0.999,
        byte_fallback=model.byte_fallback,
        user_defined_symbols=list(model.user_defined),
        pad_id=0,
        bos_id=1,
        eos_id=2,
        unk_id=3,
        pad_piece="[PAD]",
        bos_piece="[CLS]",
        eos_piece="[SEP]",
        unk_piece="[UNK]",
        num_threads=1,
        minloglevel=2,
    )
    (folder / "spm.model").write_bytes(contents.getvalue())


def convert(model: Path, files: dict[str, Any]) -> Any:
    """The tokenizer that transformers makes of a model with configuration files beside it."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(model, Path(folder) / "spm.model")
        for name, contents in (files | {"config.json": {"model_type": "deberta-v2"}}).items():
            (Path(folder) / name).write_text(json.dumps(contents))
        return AutoTokenizer.from_pretrained(folder).backend_tokenizer


def expected(ids: list[int], offsets: list[tuple[int, int]], written_out: bool) -> dict[str, Any]:
    if written_out:
        return {"ids": ids, "offsets": offsets}
    return {"count": len(ids), "ids_sha256": sha256_of_u32(ids), "offsets_sha256": sha256_of_u32(offsets)}


def expected_native(processor: sentencepiece.SentencePieceProcessor, entry: dict[str, Any]) -> Any:
    """SentencePiece's pieces, packed as Keras packs them."""
    cls, sep = processor.piece_to_id("[CLS]"), processor.piece_to_id("[SEP]")
    ids, offsets = [cls], [(0, 0)]
    for text in filter(lambda text: text is not None, (text_of(entry), entry.get("pair"))):
        pieces = processor.encode(text, return_type="proto").pieces
        assert [piece.id for piece in pieces] == processor.encode(text)
        ids += [piece.id for piece in pieces] + [sep]
        offsets += [(piece.begin, piece.end) for piece in pieces] + [(0, 0)]
    return ids, offsets


def write_expected(model: Model, texts: list[dict[str, Any]], folder: Path) -> None:
    path = folder / "spm.model"
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    tokenizer = convert(path, {})
    entries = []
    for entry in texts:
        encoding = tokenizer.encode(text_of(entry), entry.get("pair"))
        written_out = len(text_of(entry)) <= LONGEST_WRITTEN_OUT
        native = expected_native(processor, entry)
        entries.append(
            {
                "converted": expected(encoding.ids, encoding.offsets, written_out),
                "native": expected(*native, written_out),
                "decoded": processor.decode(native[0]) if written_out else None,
            }
        )
    write_lines(folder / "expected.json", entries)
    different = sum(entry["converted"] != entry["native"] for entry in entries)
    print(f"{folder.name}: {len(entries)} texts, {different} of them different in the two modes")


def write_configurations(model: Path, output: Path) -> None:
    entries = []
    for files in CONFIGURATIONS:
        tokenizer = json.loads(convert(model, files).to_str())
        parts = {key: tokenizer[key] for key in ("added_tokens", "pre_tokenizer", "decoder", "post_processor")}
        steps = [step["type"] for step in tokenizer["normalizer"]["normalizers"]]
        entries.append({"files": files, "normalizers": steps} | parts)
    write_lines(output / "configurations.json", entries)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", action="store_true", help="train the models anew")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")

    texts: list[dict[str, Any]] = json.loads((GOLDENS / "tokenizer" / "texts.json").read_text(encoding="utf-8"))
    output = GOLDENS / "sentencepiece"
    for model in MODELS:
        folder = output / model.name
        if arguments.train:
            train(model, texts, folder)
        write_expected(model, texts + TEXTS, folder)
    write_lines(output / "texts.json", TEXTS)
    write_configurations(GOLDENS / "tokenizer" / "nmt_nfkc" / "spm.model", output)


if __name__ == "__main__":
    main()
