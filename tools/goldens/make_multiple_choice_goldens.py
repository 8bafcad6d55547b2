"""Writes tests/goldens/multiple_choice.json: logits of `DebertaV2ForMultipleChoice` in float64, and their softmax over
the choices.

    venv/bin/python tools/goldens/make_multiple_choice_goldens.py
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from task_models import encoding, model, pretrained_tokenizer, rounded, windows, write

QUESTIONS = [
    ("the dog opens the door because", ["it rains", "she sleeps in the old house", "the river is green.", ""]),
    ("she reads", ["a letter", "every morning and every evening under the window"]),
    ("", ["the cat"]),
]
LONG_PROMPT = (
    "the fox jumps over a small dog and the bird sings in every garden because she writes a letter in the house"
)
LONG_CHOICES = ["it rains", "the old city sleeps", "a"]
MAX_LENGTH, STRIDE = 16, 4


def as_choice(rows: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The rows as those of one question."""
    return {name: values[None] for name, values in rows.items()}


def main() -> None:
    tokens = pretrained_tokenizer()
    multiple_choice = model("DebertaV2ForMultipleChoice", "multiple_choice")
    cases = []
    with torch.no_grad():
        for prompt, choices in QUESTIONS:
            pairs = tokens([prompt] * len(choices), choices, padding=True, return_tensors="pt")
            logits = multiple_choice(**as_choice(pairs)).logits[0]
            cases.append({
                "prompt": prompt, "choices": choices, "logits": rounded(logits.tolist()),
                "scores": rounded(logits.softmax(-1).tolist())})
        counts, means = [], []
        for choice in LONG_CHOICES:
            batch = windows(tokens, MAX_LENGTH, STRIDE, LONG_PROMPT, choice)
            rows = range(len(batch["input_ids"]))
            logits = [multiple_choice(**as_choice(encoding(batch, row))).logits[0, 0] for row in rows]
            counts.append(len(logits))
            means.append(torch.stack(logits).mean())
        means = torch.stack(means)
    windowed = {
        "prompt": LONG_PROMPT, "choices": LONG_CHOICES, "max_length": MAX_LENGTH, "stride": STRIDE, "windows": counts,
        "logits": rounded(means.tolist()), "scores": rounded(means.softmax(-1).tolist())}
    write("multiple_choice.json", {"cases": cases, "windowed": windowed})


if __name__ == "__main__":
    main()
