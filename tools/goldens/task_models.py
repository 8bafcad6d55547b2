"""What goldens of tasks share: a tokenizer whose ids the small checkpoints have, and these checkpoints in float64."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

GOLDENS = Path(__file__).resolve().parents[2] / "tests/goldens"
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
SPECIAL_TOKENS = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"]
WORDS = (
    "the a cat dog fox bird house river garden city runs jumps sleeps sings and or is was in on over under red green "
    "old small every morning evening she he they reads writes opens closes letter door window because it rains snows"
).split()
# Pieces inside words; "cat" and "red" are both these and words.
PIECES = [*"abcdefghijklmnopqrstuvwxyz", ".", ",", "?", "s", "ed", "ing", "cat", "red"]


def tokenizer() -> Tokenizer:
    """Unigram pieces as SentencePiece would have them, [MASK] after all others as in the published checkpoints."""
    pieces = [(token, 0.0) for token in SPECIAL_TOKENS] + [("▁", -4.0)]
    pieces += [(f"▁{word}", -3.0 - index / 64) for index, word in enumerate(WORDS)]
    pieces += [(piece, -6.0 - index / 64) for index, piece in enumerate(dict.fromkeys(PIECES))]
    result = Tokenizer(models.Unigram(pieces, unk_id=SPECIAL_TOKENS.index("[UNK]")))
    result.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    result.decoder = decoders.Metaspace(prepend_scheme="always")
    special = [*SPECIAL_TOKENS, "[MASK]"]
    result.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    result.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
    )
    return result


def pretrained_tokenizer() -> transformers.PreTrainedTokenizerFast:
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer(), cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]",
        mask_token="[MASK]", model_input_names=list(INPUTS))


def model(model_class: str, checkpoint: str, **config: Any) -> transformers.PreTrainedModel:
    """A checkpoint of the goldens, its stored weights in float64."""
    folder = GOLDENS / checkpoint
    settings = transformers.AutoConfig.from_pretrained(folder, **config)
    return getattr(transformers, model_class).from_pretrained(folder, config=settings, dtype=torch.float64).eval()


def windows(tokens: transformers.PreTrainedTokenizerFast, max_length: int, stride: int, *texts: str) -> Any:
    """Windows over the first text as `tokenizers` makes them, one encoding each."""
    truncation = "only_first" if len(texts) > 1 else True
    return tokens(
        *texts, truncation=truncation, max_length=max_length, stride=stride, return_overflowing_tokens=True,
        return_offsets_mapping=True)


def encoding(batch: Any, row: int) -> dict[str, torch.Tensor]:
    """The model's input of one window."""
    return {name: torch.tensor([batch[name][row]]) for name in INPUTS}


def rounded(values: Any) -> Any:
    """Ten significant digits, in lists of any depth: more than float32 has."""
    if isinstance(values, list):
        return [rounded(value) for value in values]
    return float(f"{values:.10g}")


def write(name: str, golden: dict[str, Any]) -> None:
    path = GOLDENS / name
    path.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")
    print(path, path.stat().st_size, "bytes")
