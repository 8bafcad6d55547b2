"""Writes tests/goldens/zero_shot.json: what transformers' zero-shot pipeline answers with the bundled model, one of whose
labels is taken for entailment and the first one for contradiction. It knows nothing of inference; the arithmetic is the same.

    venv/bin/python tools/goldens/make_task_goldens.py
"""

import json
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedTokenizerFast, pipeline

REPOSITORY = Path(__file__).resolve().parents[2]
MODEL = REPOSITORY / "models/code-language"
TEXTS = [
    "fn main() { println!(\"hello\"); }",
    "SELECT name FROM users WHERE id = 3;",
    "The quick brown fox jumps over the lazy dog, and then it sleeps.",
]
LABELS = ["a program", "a question about history", "poetry"]
TEMPLATES = ["This example is {}.", "{}: that is what it is about"]
# The place of entailment decides where contradiction is.
ENTAILMENT = [0, 5]


def main():
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(MODEL / "tokenizer.json"), cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]",
        unk_token="[UNK]", mask_token="[MASK]")
    cases = []
    for entailment in ENTAILMENT:
        config = AutoConfig.from_pretrained(MODEL)
        labels = [f"label {index}" for index in range(len(config.id2label))]
        labels[entailment] = "Entailment"
        config.id2label = dict(enumerate(labels))
        config.label2id = {label: index for index, label in enumerate(labels)}
        model = AutoModelForSequenceClassification.from_pretrained(MODEL, config=config, dtype=torch.float32).eval()
        classify = pipeline("zero-shot-classification", model=model, tokenizer=tokenizer)
        for template in TEMPLATES:
            for multi_label in [False, True]:
                answers = classify(TEXTS, LABELS, hypothesis_template=template, multi_label=multi_label)
                scores = [[dict(zip(answer["labels"], answer["scores"]))[label] for label in LABELS] for answer in answers]
                cases.append({"entailment": entailment, "template": template, "multi_label": multi_label, "scores": scores})
    golden = {"texts": TEXTS, "labels": LABELS, "cases": cases}
    path = REPOSITORY / "tests/goldens/zero_shot.json"
    path.write_text(json.dumps(golden, indent=1) + "\n")
    print(path)


if __name__ == "__main__":
    main()
