"""Trains the two small SentencePiece models of the tokenizer goldens and converts them to tokenizer.json."""

from __future__ import annotations

import inspect
import io
import json
import pydoc_data.topics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

CONTROL = 3  # SentencePiece's type of pieces that never come from text


@dataclass(frozen=True)
class SmallTokenizer:
    name: str
    vocab_size: int
    normalization: str
    do_lower_case: bool
    split_by_punct: bool
    # Whether "[UNK]" is looked for in the normalised text, as later conversions of the published models
    # have it, or in the raw text, as earlier ones do.
    unknown_is_normalized: bool


SMALL_TOKENIZERS = (
    SmallTokenizer("nmt_nfkc", 2000, "nmt_nfkc", False, False, False),
    SmallTokenizer("lower_punct", 1000, "nmt_nfkc_cf", True, True, True),
)


def training_sentences(texts: list[dict[str, Any]]) -> Iterator[str]:
    """The language reference that comes with Python, docstrings, and the multilingual test texts."""
    for topic in sorted(pydoc_data.topics.topics):
        yield from (line.strip() for line in pydoc_data.topics.topics[topic].splitlines() if line.strip())
    for module in (json, inspect, pydoc_data):
        for _, member in sorted(inspect.getmembers(module, inspect.isfunction)):
            yield from (line.strip() for line in (member.__doc__ or "").splitlines() if line.strip())
    for entry in texts:
        text = entry.get("text", "")
        if len(text) > 40 and "\0" not in text:
            # Repeated, so that scripts other than Latin get pieces longer than a character.
            yield from [text] * 20


def train(small: SmallTokenizer, texts: list[dict[str, Any]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=training_sentences(texts),
        # Not to a file: its path would become part of the model.
        model_writer=model,
        model_type="unigram",
        vocab_size=small.vocab_size,
        normalization_rule_name=small.normalization,
        character_coverage=0.999,
        byte_fallback=True,
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
    (folder / "spm.model").write_bytes(model.getvalue())


def special(content: str, *, normalized: bool = False) -> AddedToken:
    return AddedToken(content, special=True, normalized=normalized)


def convert(small: SmallTokenizer, folder: Path) -> None:
    """What DebertaV2Converter of transformers 4 makes of spm.model.

    Later versions of transformers replace the normaliser, so the conversion is spelled out here.
    """
    proto = sentencepiece_model_pb2.ModelProto.FromString((folder / "spm.model").read_bytes())
    pieces = [(piece.piece, piece.score) for piece in proto.pieces]
    tokenizer = Tokenizer(Unigram(pieces, unk_id=proto.trainer_spec.unk_id, byte_fallback=False))
    tokenizer.add_tokens([special(piece.piece) for piece in proto.pieces if piece.type == CONTROL])

    steps: list[normalizers.Normalizer] = [normalizers.Lowercase()] if small.do_lower_case else []
    steps += [
        normalizers.Strip(),
        normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap),
        normalizers.Replace(Regex(" {2,}"), " "),
    ]
    tokenizer.normalizer = normalizers.Sequence(steps)
    splits: list[pre_tokenizers.PreTokenizer] = []
    if small.split_by_punct:
        splits.append(pre_tokenizers.Punctuation(behavior="isolated"))
    splits.append(pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(splits)
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
    )
    tokenizer.add_special_tokens([special("[UNK]", normalized=small.unknown_is_normalized), special("[MASK]")])
    assert tokenizer.token_to_id("[UNK]") == 3 and tokenizer.token_to_id("[MASK]") == len(pieces)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)

    config = {
        "bos_token": "[CLS]",
        "cls_token": "[CLS]",
        "do_lower_case": small.do_lower_case,
        "eos_token": "[SEP]",
        "mask_token": "[MASK]",
        "model_max_length": 512,
        "pad_token": "[PAD]",
        "sep_token": "[SEP]",
        "sp_model_kwargs": {},
        "split_by_punct": small.split_by_punct,
        "tokenizer_class": "DebertaV2Tokenizer",
        "unk_token": "[UNK]",
        "vocab_type": "spm",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
