"""Evaluate the exported F16 model on the held-out test set and print the tables of the model card.

The weights are rounded to F16; the arithmetic is F32, by the module of transformers itself.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path

import torch
from fetch_sources import read_projects
from tokenizers import Tokenizer
from train import encode, predict, read_rows
from transformers import DebertaV2ForSequenceClassification

HERE = Path(__file__).resolve().parent
REGISTRY_NAMES = {
    "crates": "crates.io",
    "go": "Go modules",
    "maven": "Maven Central",
    "npm": "npm",
    "pypi": "PyPI",
    "toolchain": "toolchain",
}


def table(header: list[str], rows: list[list[str]], numeric_from: int = 1) -> str:
    rule = ["---" if column < numeric_from else "--:" for column in range(len(header))]
    return "\n".join("| " + " | ".join(row) + " |" for row in [header, rule, *rows])


def label_rows(counts: Counter[tuple[str, str]], labels: list[str]) -> list[list[str]]:
    """Precision, recall, F1 and support of each label."""
    rows = []
    for label in labels:
        right = counts[label, label]
        guessed = sum(counts[truth, label] for truth in labels)
        support = sum(counts[label, guess] for guess in labels)
        precision, recall = right / max(guessed, 1), right / max(support, 1)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        rows.append([label, f"{precision:.3f}", f"{recall:.3f}", f"{f1:.3f}", str(support)])
    return rows


def confusion_rows(counts: Counter[tuple[str, str]], labels: list[str]) -> list[list[str]]:
    return [[truth, *(str(counts[truth, guess] or "·") for guess in labels)] for truth in labels]


def project_tables(sources: Path, used: dict[str, dict[str, int]]) -> dict[str, str]:
    """The projects of each split with their licences and the labels taken from them."""
    rows: dict[str, list[list[str]]] = defaultdict(list)
    for project in read_projects(sources):
        if project.key in used:
            taken = ", ".join(f"{label} {count}" for label, count in sorted(used[project.key].items()))
            registry = REGISTRY_NAMES[project.registry]
            rows[project.split].append([f"`{project.name}`", registry, project.version, project.licence, taken])
    header = ["project", "registry", "version", "licence", "snippets"]
    return {split: table(header, found, numeric_from=len(header)) for split, found in rows.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--held-out", type=Path, required=True)
    parser.add_argument("--work", type=Path, help="also write the tables of projects")
    parser.add_argument("--sources", type=Path, default=HERE / "sources")
    parser.add_argument("--longest", type=int, default=512, help="tokens of an input")
    parser.add_argument("--report", type=Path, help="write the result as JSON")
    options = parser.parse_args()
    torch.set_num_threads(2)

    model = DebertaV2ForSequenceClassification.from_pretrained(options.model, dtype=torch.float32)
    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    labels = [model.config.id2label[index] for index in range(model.config.num_labels)]
    rows = read_rows(options.held_out)
    examples = encode(rows, tokenizer, labels, options.longest - 2)
    guesses = [labels[index] for index in predict(model, examples)]

    counts = Counter((row["label"], guess) for row, guess in zip(rows, guesses, strict=True))
    right = sum(counts[label, label] for label in labels)
    print(f"Accuracy {right / len(rows):.4f} ({right} of {len(rows)})\n")
    per_label = label_rows(counts, labels)
    print(table(["label", "precision", "recall", "F1", "support"], per_label))
    print()
    print(table(["true \\ predicted", *labels], confusion_rows(counts, labels)))
    print()
    by_size: dict[str, list[bool]] = defaultdict(list)
    for row, example, guess in zip(rows, examples, guesses, strict=True):
        size = len(example.ids)
        bucket = next((f"up to {limit}" for limit in (20, 40, 80, 160) if size <= limit), "more than 160")
        by_size[bucket].append(guess == row["label"])
    order = ["up to 20", "up to 40", "up to 80", "up to 160", "more than 160"]
    size_rows = [[b, f"{sum(by_size[b]) / len(by_size[b]):.3f}", str(len(by_size[b]))] for b in order if by_size[b]]
    print(table(["tokens", "accuracy", "snippets"], size_rows))
    if options.work:
        used = json.loads((options.work / "used.json").read_text(encoding="utf-8"))
        for split, text in project_tables(options.sources, used).items():
            (options.work / f"projects_{split}.md").write_text(text + "\n", encoding="utf-8")
    if options.report:
        report = {"accuracy": right / len(rows), "labels": {row[0]: row[1:] for row in per_label}}
        options.report.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
