"""Writes tests/goldens/explain.json: attention rollout and occlusion with the bundled model, in float64.

    venv/bin/python tools/goldens/make_explain_goldens.py
"""

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForSequenceClassification

REPOSITORY = Path(__file__).resolve().parents[2]
MODEL = REPOSITORY / "models/code-language"
TEXTS = [
    {"text": "fn main() { println!(\"hello\"); }"},
    {"text": "SELECT name FROM users WHERE id = 3;"},
    {"text": "é = λ x: x + 1  # größer", "pair": "<p class=\"a\">two</p>"},
    {"text": "x"},
]
# A label that is not the best one, for occlusion.
OTHER_LABEL = 3


def rollout(attentions):
    """The product over the layers of half the mean attention of the heads and half the identity, row of the first token."""
    product = torch.eye(attentions[0].shape[-1], dtype=torch.float64)
    for attention in attentions:
        product = (0.5 * attention[0].mean(dim=0) + 0.5 * torch.eye(product.shape[0], dtype=torch.float64)) @ product
    return product[0]


def logits(model, ids, type_ids):
    return model(input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([type_ids])).logits[0]


def occlusion(model, encoding, mask_id, label):
    """How much the label's logit falls when a token of the text is replaced by the mask; 0 for special tokens."""
    all_there = logits(model, encoding.ids, encoding.type_ids)[label]
    changes = []
    for index, special in enumerate(encoding.special_tokens_mask):
        ids = list(encoding.ids)
        ids[index] = mask_id
        changes.append(0.0 if special else (all_there - logits(model, ids, encoding.type_ids)[label]).item())
    return changes


@torch.no_grad()
def main():
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    mask_id = tokenizer.token_to_id("[MASK]")
    model = AutoModelForSequenceClassification.from_pretrained(
        MODEL, dtype=torch.float64, attn_implementation="eager").eval()
    cases = []
    for text in TEXTS:
        encoding = tokenizer.encode(text["text"], text.get("pair"))
        output = model(
            input_ids=torch.tensor([encoding.ids]), token_type_ids=torch.tensor([encoding.type_ids]),
            output_attentions=True)
        best = output.logits[0].argmax().item()
        occluded = [
            {"label": label, "relevance": occlusion(model, encoding, mask_id, label)} for label in [best, OTHER_LABEL]]
        cases.append(text | {
            "ids": encoding.ids, "logits": output.logits[0].tolist(), "rollout": rollout(output.attentions).tolist(),
            "occlusion": occluded})
    path = REPOSITORY / "tests/goldens/explain.json"
    path.write_text(json.dumps(cases, ensure_ascii=False, indent=1) + "\n")
    print(path)


if __name__ == "__main__":
    main()
