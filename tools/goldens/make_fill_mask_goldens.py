"""Writes tests/goldens/fill_mask.json, what transformers' fill-mask pipeline answers in float64 with both masked-LM
heads, and tests/goldens/task_tokenizer.json, which these and other goldens of tasks are made with.

    venv/bin/python tools/goldens/make_fill_mask_goldens.py
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import pipeline

from task_models import GOLDENS, encoding, model, pretrained_tokenizer, rounded, tokenizer, windows, write

CHECKPOINTS = {"masked_lm": False, "masked_lm_legacy": True}
TEXTS = [
    "the old cat [MASK] in the garden.",
    "[MASK] dog",
    "every [MASK] she reads a [MASK][MASK] because it rains",
]
# A word, a piece inside words, the same letters as a word, and a text that the tokenizer makes a word of.
CANDIDATES = ["▁dog", "ing", "cat", "▁cat", "sleeps"]
TOP_K = 7
LONG_TEXT = (
    "the [MASK] jumps over a small dog and the bird sings in every [MASK] garden because she [MASK] a letter [MASK]"
)
MAX_LENGTH, STRIDE = 12, 5


def fills(answers: list[Any], logits: torch.Tensor) -> list[Any]:
    """The pipeline's answers for each mask of one text, with the logits [masks, vocabulary] that they came from."""
    several = answers if isinstance(answers[0], list) else [answers]

    def expected(fill: Any, row: torch.Tensor) -> dict[str, Any]:
        return {"id": fill["token"], "score": rounded(fill["score"]), "logit": rounded(row[fill["token"]].item())}

    return [[expected(fill, row) for fill in mask] for mask, row in zip(several, logits, strict=True)]


def best_windows(masked_lm: Any, tokens: Any) -> list[Any]:
    """Each mask of a long text, in the window where the lesser of its numbers of tokens before and after is largest."""
    batch = windows(tokens, MAX_LENGTH, STRIDE, LONG_TEXT)
    best: dict[int, Any] = {}
    for row, ids in enumerate(batch["input_ids"]):
        logits = masked_lm(**encoding(batch, row)).logits[0]
        for position, token in enumerate(ids):
            if token != tokens.mask_token_id:
                continue
            context = min(position, len(ids) - 1 - position)
            offset = batch["offset_mapping"][row][position][0]
            if offset not in best or context > best[offset][0]:
                scores = logits[position].softmax(-1)
                best[offset] = context, row, position, scores, logits[position]
    masks = []
    for offset, (_, row, position, scores, logits) in sorted(best.items()):
        ids = scores.topk(TOP_K).indices.tolist()
        found = [{"id": i, "score": rounded(scores[i].item()), "logit": rounded(logits[i].item())} for i in ids]
        masks.append({"offset": offset, "window": row, "position": position, "fills": found})
    return [len(batch["input_ids"]), masks]


def main() -> None:
    tokenizer().save(str(GOLDENS / "task_tokenizer.json"))
    tokens = pretrained_tokenizer()
    cases = []
    for checkpoint, legacy in CHECKPOINTS.items():
        masked_lm = model("DebertaV2ForMaskedLM", checkpoint, legacy=legacy)
        fill = pipeline("fill-mask", model=masked_lm, tokenizer=tokens)
        vocabulary, candidates = [], []
        with torch.no_grad():
            for text in TEXTS:
                inputs = tokens(text, return_tensors="pt")
                logits = masked_lm(**inputs).logits[0][inputs["input_ids"][0] == tokens.mask_token_id]
                vocabulary.append(fills(fill(text, top_k=TOP_K), logits))
                candidates.append(fills(fill(text, top_k=len(CANDIDATES), targets=CANDIDATES), logits))
            count, masks = best_windows(masked_lm, tokens)
        cases.append({
            "checkpoint": checkpoint, "vocabulary": vocabulary, "candidates": candidates, "windows": count,
            "windowed": masks})
    write("fill_mask.json", {
        "texts": TEXTS, "candidates": CANDIDATES, "top_k": TOP_K, "long_text": LONG_TEXT, "max_length": MAX_LENGTH,
        "stride": STRIDE, "cases": cases})


if __name__ == "__main__":
    main()
