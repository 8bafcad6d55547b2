"""Train the SentencePiece vocabulary on the training split and convert it to tokenizer.json.

The conversion is that of DebertaV2Converter of transformers 4, written out with the tokenizers library.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

SPECIAL = ("[PAD]", "[CLS]", "[SEP]", "[UNK]")
MASK = "[MASK]"


def train_vocabulary(train_file: Path, model_prefix: Path, size: int) -> Path:
    """Train a unigram model with the ids that the spm.model of deberta-v3 has."""
    corpus = model_prefix.with_suffix(".txt")
    with train_file.open(encoding="utf-8") as rows, corpus.open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(re.sub(r"\s+", " ", json.loads(row)["text"]).strip() + "\n")
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus),
        model_prefix=str(model_prefix),
        model_type="unigram",
        vocab_size=size,
        normalization_rule_name="nmt_nfkc",
        character_coverage=0.9995,
        pad_id=0,
        bos_id=1,
        eos_id=2,
        unk_id=3,
        pad_piece="[PAD]",
        bos_piece="[CLS]",
        eos_piece="[SEP]",
        unk_piece="[UNK]",
        byte_fallback=False,
        max_sentence_length=8192,
        input_sentence_size=30000,
        shuffle_input_sentence=True,
        num_threads=2,
        minloglevel=1,
    )
    return model_prefix.with_suffix(".model")


def convert(model_file: Path) -> Tokenizer:
    """Build the fast tokenizer of a SentencePiece model."""
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model_file.read_bytes())
    vocabulary = [(piece.piece, piece.score) for piece in proto.pieces]
    tokenizer = Tokenizer(Unigram(vocabulary, unk_id=3, byte_fallback=False))
    tokenizer.add_special_tokens(
        [AddedToken(token, normalized=False, special=True) for token in (*SPECIAL, MASK)]
    )
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Strip(),
            normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
    )
    if tokenizer.token_to_id(MASK) != len(vocabulary):
        raise ValueError("[MASK] must follow the last piece")
    return tokenizer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--size", type=int, default=8063, help="number of pieces, [MASK] comes after them")
    options = parser.parse_args()
    model_file = train_vocabulary(options.work / "train.jsonl", options.work / "spm", options.size)
    convert(model_file).save(str(options.work / "tokenizer.json"))


if __name__ == "__main__":
    main()
