"""Train the classifier from scratch on the training split and keep the best checkpoint on the validation split."""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fast_attention
import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import DebertaV2Config, DebertaV2ForSequenceClassification

PAD, CLS, SEP = 0, 1, 2


@dataclass(frozen=True)
class Example:
    ids: list[int]  # without [CLS] and [SEP]
    label: int


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def encode(rows: list[dict[str, str]], tokenizer: Tokenizer, labels: list[str], longest: int) -> list[Example]:
    encodings = tokenizer.encode_batch([row["text"] for row in rows], add_special_tokens=False)
    return [
        Example(encoding.ids[:longest], labels.index(row["label"]))
        for row, encoding in zip(rows, encodings, strict=True)
    ]


def small_config(labels: list[str], vocabulary: int) -> DebertaV2Config:
    return DebertaV2Config(
        vocab_size=vocabulary,
        hidden_size=192,
        num_hidden_layers=4,
        num_attention_heads=3,
        intermediate_size=768,
        hidden_act="gelu",
        hidden_dropout_prob=0.1,
        attention_probs_dropout_prob=0.1,
        max_position_embeddings=512,
        type_vocab_size=0,
        initializer_range=0.02,
        layer_norm_eps=1e-7,
        relative_attention=True,
        position_buckets=256,
        max_relative_positions=-1,
        pad_token_id=0,
        position_biased_input=False,
        pos_att_type="p2c|c2p",
        share_att_key=True,
        norm_rel_ebd="layer_norm",
        pooler_dropout=0.0,
        pooler_hidden_act="gelu",
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
    )


def pad(sequences: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Token ids with [CLS] and [SEP], and the attention mask."""
    longest = max(map(len, sequences)) + 2
    ids = torch.full((len(sequences), longest), PAD)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence) + 2] = torch.tensor([CLS, *sequence, SEP])
    return ids, (ids != PAD).long()


def vary(ids: list[int], chance: random.Random, mask: int, longest: int) -> list[int]:
    """Cut a third of the training examples, and all that are too long, to a part; hide one token in twenty."""
    size = len(ids)
    if size > 24 and chance.random() < 0.33:
        size = chance.randint(20, size)
    size = min(size, longest)
    start = chance.randint(0, len(ids) - size)
    ids = ids[start : start + size]
    return [mask if chance.random() < 0.05 else token for token in ids]


class Batches:
    """Endless batches of examples of about the same length."""

    def __init__(self, examples: list[Example], size: int, seed: int, mask: int, longest: int) -> None:
        self.examples = list(examples)
        self.size = size
        self.chance = random.Random(seed)
        self.mask = mask
        self.longest = longest

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        while True:
            self.chance.shuffle(self.examples)
            # `longest` may change between two pools.
            for start in range(0, len(self.examples), self.size * 40):
                part = self.examples[start : start + self.size * 40]
                pool = [(vary(e.ids, self.chance, self.mask, self.longest), e.label) for e in part]
                pool.sort(key=lambda pair: len(pair[0]))
                groups = [pool[at : at + self.size] for at in range(0, len(pool), self.size)]
                self.chance.shuffle(groups)
                for group in groups:
                    ids, attention_mask = pad([ids for ids, _ in group])
                    yield ids, attention_mask, torch.tensor([label for _, label in group])


@torch.inference_mode()
def predict(model: DebertaV2ForSequenceClassification, examples: list[Example], size: int = 64) -> list[int]:
    """The label index of each example."""
    model.eval()
    order = sorted(range(len(examples)), key=lambda index: len(examples[index].ids))
    predicted = [0] * len(examples)
    for start in range(0, len(order), size):
        part = order[start : start + size]
        ids, mask = pad([examples[index].ids for index in part])
        for index, label in zip(part, model(ids, attention_mask=mask).logits.argmax(-1).tolist(), strict=True):
            predicted[index] = label
    return predicted


def macro_accuracy(predicted: list[int], examples: list[Example], count: int) -> float:
    right, total = [0] * count, [0] * count
    for guess, example in zip(predicted, examples, strict=True):
        total[example.label] += 1
        right[example.label] += guess == example.label
    return sum(r / t for r, t in zip(right, total, strict=True) if t) / sum(t > 0 for t in total)


def optimizer_of(model: torch.nn.Module, rate: float) -> torch.optim.AdamW:
    decayed = [weight for weight in model.parameters() if weight.dim() > 1]
    plain = [weight for weight in model.parameters() if weight.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))


def warm_up_embeddings(model: DebertaV2ForSequenceClassification, feed: Batches, steps: int, count: int) -> None:
    """Train the word embeddings alone for some steps, as a bag of words below one linear layer."""
    embeddings, head = model.deberta.embeddings, torch.nn.Linear(model.config.hidden_size, count)
    optimizer = torch.optim.AdamW([*embeddings.parameters(), *head.parameters()], lr=3e-3, weight_decay=0.01)
    model.train()
    started = time.monotonic()
    for step, (ids, attention_mask, targets) in enumerate(feed):
        optimizer.param_groups[0]["lr"] = 3e-3 * (1 - 0.8 * step / steps)
        words = embeddings(ids, mask=attention_mask)
        logits = head(words.sum(1) / attention_mask.sum(1, keepdim=True) * 4)
        loss = torch.nn.functional.cross_entropy(logits, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if step % 200 == 0:
            right = (logits.argmax(-1) == targets).float().mean().item()
            took = time.monotonic() - started
            print(f"words: step {step} loss {loss.item():.3f} right {right:.2f} {took:.0f} s", flush=True)
        if step + 1 >= steps:
            return


def extend_distances(model: DebertaV2ForSequenceClassification, known: int) -> None:
    """Give distances that no training input was long enough for the embedding of the last known distance."""
    weight = model.deberta.encoder.rel_embeddings.weight
    middle = weight.shape[0] // 2
    with torch.no_grad():
        weight[: middle - known] = weight[middle - known].clone()
        weight[middle + known + 1 :] = weight[middle + known].clone()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=21.5, help="stop and decay fully within this time")
    parser.add_argument("--epochs", type=float, default=3.0)
    parser.add_argument("--word-steps", type=int, default=2500, help="steps for the word embeddings alone")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--longest", type=int, default=128, help="tokens of an input")
    parser.add_argument("--shorter", type=int, default=48, help="tokens of an input in the first 65 %% of the run")
    parser.add_argument("--seed", type=int, default=17)
    options = parser.parse_args()
    work: Path = options.work
    torch.set_num_threads(2)
    torch.manual_seed(options.seed)

    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    mask = tokenizer.token_to_id("[MASK]")
    train_rows = read_rows(work / "train.jsonl")
    labels = sorted({row["label"] for row in train_rows})
    train = encode(train_rows, tokenizer, labels, options.longest - 2)
    validation = encode(read_rows(work / "validation.jsonl"), tokenizer, labels, options.longest - 2)
    counts = [0] * len(labels)
    for example in train:
        counts[example.label] += 1
    class_weights = torch.tensor([(len(train) / len(labels) / count) ** 0.5 for count in counts])

    model = DebertaV2ForSequenceClassification(small_config(labels, mask + 1))
    fast_attention.install(model)
    optimizer = optimizer_of(model, options.rate)
    loss_of = torch.nn.CrossEntropyLoss(weight=class_weights, label_smoothing=0.05)
    total_steps = math.ceil(len(train) / options.batch * options.epochs)
    started, step, best = time.monotonic(), 0, 0.0
    print(f"{sum(map(torch.Tensor.numel, model.parameters())):,} weights, {len(train)} examples", flush=True)

    warm_up_embeddings(model, Batches(train, 64, options.seed, mask, 126), options.word_steps, len(labels))
    feed = Batches(train, options.batch, options.seed, mask, options.shorter - 2)
    model.train()
    for ids, attention_mask, targets in feed:
        # Time may run out before the planned number of steps: whichever is further on counts.
        done = max(step / total_steps, (time.monotonic() - started) / (60 * options.minutes))
        feed.longest = (options.longest if done > 0.65 else options.shorter) - 2
        rate = options.rate * min(1.0, (step + 1) / 150) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = loss_of(model(ids, attention_mask=attention_mask).logits, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 50 == 0:
            print(f"step {step} of {total_steps} loss {loss.item():.3f} {time.monotonic() - started:.0f} s", flush=True)
        if step % 400 == 0 or done >= 1:
            score = macro_accuracy(predict(model, validation), validation, len(labels))
            print(f"step {step} validation {score:.4f}", flush=True)
            if score > best:
                best = score
                extend_distances(model, options.longest - 8)
                model.save_pretrained(work / "checkpoint")
            model.train()
        if done >= 1:
            return


if __name__ == "__main__":
    main()
