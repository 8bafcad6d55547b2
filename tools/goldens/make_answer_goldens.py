"""Writes tests/goldens/answers.json: what transformers' question answering pipeline answers with the bundled model's
encoder under a random head, in float64; and that head, answers_head.safetensors.

Needs the packages of requirements-question-answering.txt: transformers 5.2 is the last version that has this pipeline.

    venv/bin/python tools/goldens/make_answer_goldens.py
"""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from transformers import AutoConfig, DebertaV2ForQuestionAnswering, PreTrainedTokenizerFast, pipeline

REPOSITORY = Path(__file__).resolve().parents[2]
MODEL = REPOSITORY / "models/code-language"
GOLDENS = REPOSITORY / "tests/goldens"
TOKENIZERS = {"code_language": MODEL, "lower_punct": GOLDENS / "tokenizer/lower_punct"}
# Logits must differ enough for scores that tell right from wrong.
HEAD_SCALE = 0.4
# Scores that are closer to each other than this share would make the order a matter of rounding.
LEAST_GAP = 5e-5

STORY = (
    "In the spring of 1912 the harbour of Lund was rebuilt by Ada Berg, who had studied in Paris and in Vienna. "
    "The first crane stood on the north quay; it lifted 12.5 tons, and cost 3,400 crowns. Nobody liked it. "
    "When the second crane came in 1915, the fishermen (there were 87 of them) asked for a quieter one, and Berg "
    "built it of oak and brass.\n\nYears later a storm took both. \"We shall build again,\" she wrote to her sister, "
    "\"but not here.\" The new harbour lies two miles to the south, where the river Höje meets the sea.\n"
)
INPUTS = [
    ("Who rebuilt the harbour?", STORY),
    ("Where does the new harbour lie?", STORY * 3),
    ("What does main print?", "fn main() {\n    let name = \"world\";\n    println!(\"hello {name}\");\n}\n"),
    ("Which city?", "Paris, PARIS and paris; never Vienna. Paris again, then paris."),
    (
        "What is written?",
        "  two  spaces\tand a tab \u2014 na\u00efve cafe\u0301s, \ufb01ne \U0001f600\U0001f469\u200d\U0001f52c, "
        "\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8 end.  ",
    ),
    (
        "\u00bfQu\u00e9 dice?",
        "\u05e9\u05dc\u05d5\u05dd [MASK] a[SEP]b [CLS] "
        "\u0645\u0631\u062d\u0628\u0627 \u0394\u03a3\u03a3 \u03b4\u03c3\u03c2 \u0130stanbul",
    ),
    ("Who?", "Ada"),
    (" ", "A question that is a space."),
    ("Why?", "   "),
]
DEFAULTS = {
    "top_k": 1,
    "max_answer_len": 15,
    "handle_impossible_answer": False,
    "align_to_words": True,
    "max_seq_len": 384,
    "doc_stride": 128,
}
OPTIONS = [
    {},
    {"handle_impossible_answer": True},
    {"top_k": 5},
    {"top_k": 5, "handle_impossible_answer": True},
    {"top_k": 5, "align_to_words": False},
    {"align_to_words": False},
    {"top_k": 3, "max_answer_len": 1},
    {"top_k": 4, "max_answer_len": 60},
    {"top_k": 5, "max_seq_len": 64, "doc_stride": 32},
    {"top_k": 5, "max_seq_len": 64, "doc_stride": 0, "handle_impossible_answer": True},
    {"top_k": 2, "max_seq_len": 48, "doc_stride": 20, "align_to_words": False},
    {"top_k": 6, "max_seq_len": 200, "doc_stride": 100},
    {"top_k": 20, "max_seq_len": 100, "doc_stride": 50, "max_answer_len": 5},
]


def make_head(hidden_size):
    generator = np.random.default_rng(6)
    head = {
        "qa_outputs.weight": generator.normal(scale=HEAD_SCALE, size=(2, hidden_size)).astype(np.float32),
        "qa_outputs.bias": generator.normal(scale=HEAD_SCALE, size=2).astype(np.float32),
    }
    save_file(head, GOLDENS / "answers_head.safetensors")
    return head


def load_model():
    config = AutoConfig.from_pretrained(MODEL, num_labels=2)
    model = DebertaV2ForQuestionAnswering(config).double().eval()
    stored = load_file(MODEL / "model.safetensors")
    weights = {name: tensor for name, tensor in stored.items() if name.startswith("deberta.")}
    weights |= make_head(config.hidden_size)
    model.load_state_dict({name: torch.from_numpy(tensor.astype(np.float64)) for name, tensor in weights.items()})
    return model


def load_tokenizer(folder):
    return PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"), cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]",
        unk_token="[UNK]", mask_token="[MASK]")


def answers_of(answer, question, context, options):
    found = answer(question=question, context=context, **options)
    found = [found] if isinstance(found, dict) else found
    for one in found:
        assert one["answer"] == context[one["start"] : one["end"]]
    # Where there are fewer spans than asked for, others are added, which end before they start or stand on [CLS].
    found = [one for one in found if one["score"] > 0]
    for first, second in pairwise(found):
        assert first["score"] - second["score"] > LEAST_GAP * second["score"], (question, options, first, second)
    return [[one["score"], one["start"], one["end"]] for one in found]


def windows_of(tokenizer, question, context, options):
    encoded = tokenizer(
        question, context, truncation="only_second", max_length=options["max_seq_len"], stride=options["doc_stride"],
        return_overflowing_tokens=True)
    return len(encoded["input_ids"])


def main():
    # Windows are too small for more.
    torch.set_num_threads(1)
    model = load_model()
    cases = []
    for name, folder in TOKENIZERS.items():
        tokenizer = load_tokenizer(folder)
        answer = pipeline("question-answering", model=model, tokenizer=tokenizer)
        for changed in OPTIONS:
            options = DEFAULTS | changed
            print(name, changed)
            cases.append(
                {"tokenizer": name}
                | options
                | {
                    "windows": [windows_of(tokenizer, *texts, options) for texts in INPUTS],
                    "answers": [answers_of(answer, *texts, options) for texts in INPUTS],
                })
    golden = {"inputs": INPUTS, "cases": cases}
    path = GOLDENS / "answers.json"
    path.write_text(json.dumps(golden, separators=(",", ":")).replace('{"tokenizer"', '\n{"tokenizer"') + "\n")
    print(path)


if __name__ == "__main__":
    main()
