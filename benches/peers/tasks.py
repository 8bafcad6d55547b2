"""Tasks beside peers: zero-shot labels, reranking, tagging a long text. Writes performance-tasks.md.

Ours is the whole task through the C functions, tokenizer and decoding included. A peer computes hidden states only, of rows
that were tokenized before, sorted by length and padded to the longest of their batch, with the batch size that suits it best:
what it would cost anyone at least. Use it through benches/peers/run --tasks.
"""

import contextlib
import json
import os
import statistics
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy

from checkpoints import ensure_checkpoint
from contenders import PEERS
from contenders.libdeberta import PRECISIONS
from contenders.libdeberta_tasks import Library, OpenModel, write_folder
from machine import describe_machine
from report import paragraph, table
from worker_process import Unavailable, WorkerProcess

BATCH_ROWS = (1, 4, 16)
WINDOW = 512
STRIDE = 64
PAUSE_SECONDS = 0.05
TARGETS = {"highest": 3.0, "medium": 4.0}
LABELS = [f"the label number {number}" for number in range(10)]
LARGEST_SHARE_OUTSIDE = 0.05


@dataclass
class Workload:
    """A request, and the lengths of the rows that it makes of the model's input."""

    name: str
    head: str
    arguments: dict
    rows: list[list[int]]

    @property
    def lengths(self) -> list[int]:
        return [len(row) for row in self.rows]


def workloads(tokenizer_file: Path) -> list[Workload]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    random = numpy.random.default_rng(0)
    words = [token[1:] for token in tokenizer.get_vocab() if token.startswith("▁") and token[1:].isalpha()]
    words.sort()

    def text(tokens: int) -> str:
        """About so many tokens: words of the vocabulary are one token each."""
        return " ".join(random.choice(words, tokens))

    def pair(first: str, second: str) -> list[int]:
        return tokenizer.encode(first, second).ids

    long = text(200)
    zero_shot = [pair(long, f"This example is {label}.") for label in LABELS]
    query = text(12)
    documents = [text(int(length)) for length in numpy.linspace(20, 300, 100)]
    random.shuffle(documents)
    ranking = [pair(query, document) for document in documents]
    page = text(5000)
    tokens = tokenizer.encode(page).ids
    first, last, body = tokens[0], tokens[-1], tokens[1:-1]
    room = WINDOW - 2
    starts = range(0, max(1, len(body) - STRIDE), room - STRIDE)
    windows = [[first, *body[start : start + room], last] for start in starts]
    return [
        Workload("zero-shot: 10 labels, 200 tokens", "zero_shot", {"text": long, "labels": LABELS}, zero_shot),
        Workload("rank: 100 documents, 20 to 300 tokens", "rank", {"query": query, "documents": documents}, ranking),
        Workload("tag: 5,000 tokens", "tag", {"text": page, "window": WINDOW, "stride": STRIDE}, windows),
    ]


def padded_batches(lengths: list[int], rows: int) -> list[list[int]]:
    """Sorted by length, so that as little as possible is padding."""
    ordered = sorted(lengths, reverse=True)
    return [ordered[start : start + rows] for start in range(0, len(ordered), rows)]


def measure_tasks(repository: Path, work: Path, models: list[str], threads: int, rounds: int, without: list[str]) -> dict:
    library = Library(repository / "target" / "release" / "libdeberta.so")
    results: dict = {"date": str(date.today()), "machine": describe_machine(), "rounds": rounds, "threads": threads, "cells": []}
    if (load := os.getloadavg()[0]) > 0.5:
        print(f"warning: the machine is busy (load {load:.1f}); what is measured now means little", flush=True)
    tokenizer = repository / "models" / "code-language"
    for model in models:
        checkpoint = ensure_checkpoint(work, model)
        with contextlib.ExitStack() as stack:
            peers = {}
            for contender in PEERS:
                if contender.name in without:
                    continue
                worker = stack.enter_context(WorkerProcess(contender, checkpoint, work, threads))
                try:
                    worker.prepare()
                    worker.open()
                    peers[contender.name] = (contender, worker)
                except Unavailable as reason:
                    print(f"{contender.name}: {reason}")
            for workload in workloads(tokenizer / "tokenizer.json"):
                folder = write_folder(work / "tasks" / f"{model}-{workload.head}", model, workload.head, tokenizer)
                ours = {
                    setting: stack.enter_context(contextlib.closing(library.open(folder, setting, threads)))
                    for setting in PRECISIONS
                }
                results["cells"] += measure_workload(model, workload, ours, peers, rounds)
    return results


def measure_workload(
    model: str, workload: Workload, ours: dict[str, OpenModel], peers: dict, rounds: int
) -> list[dict]:
    chosen = {}
    for name, (_, worker) in list(peers.items()):
        try:
            seconds = {rows: worker.batches(padded_batches(workload.lengths, rows)) for rows in BATCH_ROWS}
        except Unavailable as reason:
            print(f"{name}: {reason}")
            continue
        chosen[name] = min(seconds, key=seconds.__getitem__)
    times: dict[str, list[float]] = {}
    encoding: dict[str, list[float]] = {}
    for setting, opened in ours.items():
        opened.perform(workload.head, workload.arguments)
    for _ in range(rounds):
        for setting, opened in ours.items():
            time.sleep(PAUSE_SECONDS)
            times.setdefault(f"libdeberta-{setting}", []).append(opened.perform(workload.head, workload.arguments))
            encoding.setdefault(f"libdeberta-{setting}", []).append(opened.encode(workload.rows))
        for name, rows in chosen.items():
            time.sleep(PAUSE_SECONDS)
            times.setdefault(name, []).append(peers[name][1].batches(padded_batches(workload.lengths, rows)))
    cells = []
    for name, seconds in times.items():
        setting = name.removeprefix("libdeberta-")
        ours_or_peer = PRECISIONS.get(setting) or peers[name][0].precision
        cell = {"model": model, "task": workload.name, "contender": name, "class": ours_or_peer}
        cell |= {"median": statistics.median(seconds), "seconds": seconds, "batch_rows": chosen.get(name)}
        if name in encoding:
            outside = [whole - inside for whole, inside in zip(seconds, encoding[name])]
            cell["outside"] = statistics.median(outside) / cell["median"]
        cells.append(cell)
        print(f"{model:>7} {workload.name:<40} {name:<26} {1e3 * cell['median']:10.1f} ms", flush=True)
    return cells


def report(results: dict) -> str:
    machine = results["machine"]
    versions = ", ".join(f"{package} {version}" for package, version in machine["versions"].items())
    text = f"""Made by `benches/peers/run --tasks` on {results["date"]}: {machine["processor"]}, {results["threads"]} threads;
        {versions}. Ours is the whole task through the C functions: tokenizing, encoding, the head, and the decoding. A peer
        encodes rows that were tokenized before, sorted by length, in padded batches of the size that is fastest for it; its
        head and its decoding are not counted. Medians of {results["rounds"]} turns."""
    sections = [f"# Performance of tasks\n\n{paragraph(text)}"]
    for model in dict.fromkeys(cell["model"] for cell in results["cells"]):
        rows = []
        tasks = list(dict.fromkeys(cell["task"] for cell in results["cells"]))
        for setting, kind in PRECISIONS.items():
            for task in tasks:
                here = [cell for cell in results["cells"] if cell["model"] == model and cell["task"] == task]
                ours = next(cell for cell in here if cell["contender"] == f"libdeberta-{setting}")
                rivals = [cell for cell in here if cell["class"] == kind and not cell["contender"].startswith("libdeberta")]
                if not rivals:
                    continue
                best = min(rivals, key=lambda cell: cell["median"])
                ratio = best["median"] / ours["median"]
                wanted = TARGETS.get(setting)
                rows.append([
                    f"{task}, {setting}", f"{1e3 * ours['median']:.1f}",
                    f"{1e3 * best['median']:.1f} ({best['contender']}, batches of {best['batch_rows']})", f"**{ratio:.2f}×**",
                    f"{wanted:.0f}×" if wanted else "", f"{100 * ours['outside']:.1f} %",
                ])
        header = ["task", "ours, ms", "fastest peer of the class, ms", "ratio", "target", "outside of the encoder"]
        sections.append(f"## {model}\n\n{table(header, rows)}")
    share = f"""The last column is what the task costs beyond `deberta_model_encode_ids` of the same rows; it should stay below
        {100 * LARGEST_SHARE_OUTSIDE:.0f} %. Negative figures are noise: tasks keep less of what they compute."""
    return "\n\n".join([*sections, paragraph(share)]) + "\n"


def run(arguments) -> Path:
    raw = arguments.work / "performance-tasks.json"
    if arguments.from_json:
        results = json.loads(arguments.from_json.read_text())
    else:
        threads = max(int(count) for count in arguments.threads)
        shared = (arguments.models, threads, arguments.rounds, arguments.without)
        results = measure_tasks(arguments.repository, arguments.work, *shared)
        raw.write_text(json.dumps(results, indent=1))
    page = arguments.report / "performance-tasks.md"
    page.write_text(report(results))
    return page
