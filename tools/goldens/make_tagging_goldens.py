"""Writes tests/goldens/tagging.json: what transformers' token classification pipeline makes of the bundled model, whose
19 outputs are taken for tags of tokens. It knows nothing of entities; the arithmetic and the decoding are the same.

    venv/bin/python tools/goldens/make_tagging_goldens.py

The pipeline is corrected in four places, each described in docs/tasks.md: any white space ends a word; the text of an
entity is decoded once from its tokens; a label without the prefix of a scheme is kept whole; the prefixes of BILOU and
BIOES are known. Windows are merged by tokens, not by entities.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import (
    AutoConfig,
    DebertaV2ForTokenClassification,
    PreTrainedTokenizerFast,
    TokenClassificationPipeline,
)
from transformers.pipelines.token_classification import AggregationStrategy

REPOSITORY = Path(__file__).resolve().parents[2]
MODEL = REPOSITORY / "models/code-language"
# Scores nearer to each other than this could change places between two implementations in float32.
SMALLEST_MARGIN = 1e-5

TEXTS = [
    "Angela Merkel met Emmanuel Macron in Berlin; they talked about the European Union.",
    "   two  leading and trailing spaces  ",
    "",
    "fn main() {\n\tlet name = \"Ada\";\u00a0// Lovelace\n}\n",
    "日本語の文章と😀絵文字 é e\u0301 ﬁn 😀 foo😀bar\u3000全角",
    "x [SEP] y",
]
LONG = (
    "The committee of the European Parliament met in Strasbourg on Tuesday, where Ursula von der Leyen spoke with "
    "Roberta Metsola about the budget.\nLater Emmanuel Macron flew to Rome; 東京 was not on his list, nor was "
    "New York 😀, said the Frankfurter Allgemeine."
)
# (most tokens of a window, overlap)
WINDOWS = [(16, 4), (16, 9), (48, 0)]


def label_set(frequent: list[str], rest: list[str]) -> list[str]:
    """Gives the first names to the outputs that the model likes best for tokens."""
    names = [""] * 19
    for output, name in zip([17, 6, 2, 5, 1, 0, 8, 16], frequent, strict=True):
        names[output] = name
    rest = iter(rest)
    return [name or next(rest) for name in names]


def numbered(prefixes: str) -> list[str]:
    return [f"{prefix}-T{number}" for number in range(11) for prefix in prefixes][:11]


LABELS = {
    "iob": label_set(["O", "I-PER", "B-PER", "I-LOC", "B-LOC", "I-ORG", "B-ORG", "DATE"], numbered("BI")),
    "bilou": label_set(
        ["I-PER", "B-PER", "L-PER", "U-PER", "O", "B-LOC", "I-LOC", "L-LOC"], ["U-LOC", *numbered("BILU")[:10]]
    ),
    "bioes": label_set(
        ["B-PER", "E-PER", "I-PER", "O", "S-PER", "I-LOC", "E-LOC", "S-LOC"], ["B-LOC", *numbered("BIES")[:10]]
    ),
    "bare": label_set(
        ["E-MAIL", "PER", "LOC", "O", "U-BOAT", "ORG", "L-SHAPE", "S-BEND"], [f"X{n}" for n in range(11)]
    ),
}


class Pipeline(TokenClassificationPipeline):
    """Keeps track of the tokens of an entity, and corrects what the module's description says."""

    def tags(self) -> dict[str, tuple[str, str]]:
        names = set(self.model.config.id2label.values())
        known = {}
        for name in names:
            prefix, _, tag = name.partition("-")
            in_scheme = prefix in list("LEUS") and (f"B-{tag}" in names or f"I-{tag}" in names)
            known[name] = (prefix, tag) if tag and (prefix in ("B", "I") or in_scheme) else ("I", name)
        return known

    def gather_pre_entities(self, sentence: str, *arguments: Any, **options: Any) -> list[dict[str, Any]]:
        with_spaces = "".join(" " if character.isspace() else character for character in sentence)
        return super().gather_pre_entities(with_spaces, *arguments, **options)

    def aggregate_word(self, entities: list[dict[str, Any]], strategy: AggregationStrategy) -> dict[str, Any]:
        word = super().aggregate_word(entities, strategy)
        return word | {"pieces": [entity["word"] for entity in entities], "tokens": extent(entities)}

    def group_entities(self, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Writes every scheme in IOB2, which the pipeline reads."""
        tags, closed = self.tags(), False
        for entity in entities:
            prefix, tag = tags[entity["entity"]]
            begins = prefix in "BUS" or closed
            closed = prefix in "LEUS"
            # The pipeline takes what follows the first hyphen; here that is all of a bare name.
            entity["entity"] = f"B-{tag}" if begins else f"I-{tag}"
        return super().group_entities(entities)

    def group_sub_entities(self, entities: list[dict[str, Any]]) -> dict[str, Any]:
        group = super().group_sub_entities(entities)
        pieces = [piece for entity in entities for piece in entity.get("pieces", [entity["word"]])]
        word = self.tokenizer.convert_tokens_to_string(pieces)
        assert word.replace(" ", "") == group["word"].replace(" ", "")
        return group | {"word": word, "tokens": extent(entities)}


def extent(entities: list[dict[str, Any]]) -> list[int]:
    """The first token of some entities, and the one after their last."""

    def of_one(entity: dict[str, Any]) -> list[int]:
        return entity["tokens"] if "tokens" in entity else [entity["index"], entity["index"] + 1]

    return [of_one(entities[0])[0], of_one(entities[-1])[1]]


def scores_of_text(pipeline: Pipeline, text: str, max_length: int | None, stride: int) -> dict[str, Any]:
    """The pipeline's scores for every token; where the text needs several windows, each token's from the one that has
    most tokens on its nearer side, the earlier of two that have as many."""
    tokenizer = pipeline.tokenizer
    whole = tokenizer(text, return_offsets_mapping=True, return_special_tokens_mask=True)
    windows = tokenizer(
        text, truncation=max_length is not None, max_length=max_length, stride=stride, return_overflowing_tokens=True
    )["input_ids"]
    count = len(whole["input_ids"]) - 2
    context = np.full(count, -1)
    scores = np.zeros((count + 2, len(LABELS["iob"])), np.float32)
    start = 0
    for ids in windows:
        length = len(ids) - 2
        assert ids[1:-1] == whole["input_ids"][1 + start : 1 + start + length]
        with torch.inference_mode():
            probabilities = pipeline.model(input_ids=torch.tensor([ids])).logits[0].softmax(-1).numpy()
        for place in range(length):
            nearer_side = min(place, length - 1 - place)
            if nearer_side > context[start + place]:
                context[start + place] = nearer_side
                scores[1 + start + place] = probabilities[1 + place]
        start += length - stride
    assert (context >= 0).all()
    two_best = np.sort(scores[1:-1], axis=-1)[:, -2:]
    assert (two_best[:, 1] - two_best[:, 0] > SMALLEST_MARGIN).all(), text
    return {"scores": scores, "windows": len(windows), "encoding": whole}


def entities_of_text(
    pipeline: Pipeline, text: str, scored: dict[str, Any], strategy: AggregationStrategy, ignored: list[str]
) -> list[list[Any]]:
    """Label, score, text, start and end in characters, first token and the one after the last."""
    encoding = scored["encoding"]
    tokens = pipeline.gather_pre_entities(
        text,
        encoding["input_ids"],
        scored["scores"],
        encoding["offset_mapping"],
        encoding["special_tokens_mask"],
        strategy,
    )
    entities = []
    for entity in pipeline.aggregate(tokens, strategy):
        label = entity.get("entity_group", entity.get("entity"))
        if label not in ignored:
            first, end = extent([entity])
            score = round(float(entity["score"]), 8)
            entities.append([label, score, entity["word"], entity["start"], entity["end"], first, end])
    return entities


def check_pipeline(pipeline: Pipeline, strategy: AggregationStrategy, text: str, entities: list[list[Any]]) -> None:
    """For tags that the pipeline reads and texts without other white space than spaces, all but the spaces in the texts
    of entities is what it says itself."""
    original = TokenClassificationPipeline(model=pipeline.model, tokenizer=pipeline.tokenizer)
    expected = original(text, aggregation_strategy=strategy.value)
    assert len(expected) == len(entities), (text, strategy)
    for found, entity in zip(entities, expected):
        label = entity.get("entity_group", entity.get("entity"))
        found_label, score, word, start, end, *_ = found
        assert (found_label, start, end) == (label, entity["start"], entity["end"])
        assert abs(score - float(entity["score"])) < 1e-6
        assert word.replace(" ", "") == entity["word"].replace(" ", "")


def main() -> None:
    warnings.simplefilter("ignore")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(MODEL / "tokenizer.json"), cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]",
        unk_token="[UNK]", mask_token="[MASK]")
    cases = []
    for name, labels in LABELS.items():
        config = AutoConfig.from_pretrained(MODEL)
        config.id2label = dict(enumerate(labels))
        config.label2id = {label: index for index, label in enumerate(labels)}
        model = DebertaV2ForTokenClassification.from_pretrained(MODEL, config=config, dtype=torch.float32).eval()
        pipeline = Pipeline(model=model, tokenizer=tokenizer)

        def add(texts: list[str], ignored: list[str], max_length: int | None = None, stride: int = 0) -> None:
            scored = [scores_of_text(pipeline, text, max_length, stride) for text in texts]
            for strategy in AggregationStrategy:
                entities = [
                    entities_of_text(pipeline, text, score, strategy, ignored) for text, score in zip(texts, scored)
                ]
                if name == "iob" and ignored == ["O"] and max_length is None:
                    for text, of_text in zip(texts, entities):
                        if all(character == " " or not character.isspace() for character in text) and text:
                            check_pipeline(pipeline, strategy, text, of_text)
                cases.append({
                    "labels": name, "aggregation": strategy.value, "ignored": ignored, "max_length": max_length,
                    "stride": stride, "texts": texts, "windows": [score["windows"] for score in scored],
                    "entities": entities,
                })

        add(TEXTS if name == "iob" else TEXTS[:1], ["O"])
        if name == "iob":
            add(TEXTS[:1], ["PER", "B-LOC"])
            for max_length, stride in WINDOWS:
                add([LONG], ["O"], max_length, stride)
    golden = {"label_sets": LABELS, "cases": cases}
    path = REPOSITORY / "tests/goldens/tagging.json"
    lines = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases)
    label_sets = json.dumps(LABELS, separators=(",", ":"))
    path.write_text(f'{{"label_sets":{label_sets},"cases":[\n{lines}\n]}}\n', encoding="utf-8")
    print(path, len(golden["cases"]), path.stat().st_size)


if __name__ == "__main__":
    main()
