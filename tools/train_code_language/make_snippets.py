"""Cut the fetched projects into labelled snippets, split by project.

Writes train.jsonl, validation.jsonl and test.jsonl into the work directory. Every line is
``{"text": ..., "label": ..., "project": ...}``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from languages import (
    BUILD_FOLDERS,
    BUILT_LABELS,
    LABELS,
    SKIPPED_FOLDERS,
    is_usable_file,
    is_usable_snippet,
    label_of,
    strip_licence,
)
from prose import paragraphs_of

SPLITS = ("train", "validation", "test")
LARGEST_FILE = 400_000
FILES_PER_LABEL = 400
WINDOWS_PER_FILE = 14
# Labels of which projects have few files: more windows are cut from each file.
SCARCE = frozenset({"css", "html", "shell", "sql", "toml", "xml", "yaml"})
LONG_LINE = 25
# The test split is published: no keys (real or not) and no mail addresses.
KEY = re.compile(
    r"PRIVATE KEY|\b(AKIA|ASIA)[0-9A-Z]{12}|[A-Za-z0-9+/_-]{65,}|\b(ghp|gho|glpat|xox[abp]|sk_live|sk_test)[_-]\w{8}"
)
MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[a-z]{2,}\b")


@dataclass(frozen=True)
class Snippet:
    text: str
    label: str
    project: str

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(re.sub(r"\s+", " ", self.text).encode()).digest()

    def long_lines(self) -> set[str]:
        """The lines by which a copy of this text in another project is recognised."""
        lines = (re.sub(r"\s+", " ", line).strip() for line in self.text.splitlines())
        return {line for line in lines if len(line) >= LONG_LINE}


def files_by_label(root: Path, wanted: frozenset[str]) -> dict[str, list[Path]]:
    """The files of a project, sorted so that a run can be repeated."""
    found: dict[str, list[Path]] = defaultdict(list)
    for place, names, files in os.walk(root):
        folder = Path(place)
        names[:] = sorted(name for name in names if name not in SKIPPED_FOLDERS)
        built = not BUILD_FOLDERS.isdisjoint(folder.relative_to(root).parts)
        for name in sorted(files):
            path = folder / name
            label = label_of(path, wanted)
            if label is None or (built and label in BUILT_LABELS) or name.endswith((".d.ts", ".d.mts")):
                continue
            found[label].append(path)
    return found


def window_size(chance: random.Random, shortest: int, longest: int) -> int:
    """A log-uniform number of lines or paragraphs."""
    return round(math.exp(chance.uniform(math.log(shortest), math.log(longest))))


def code_windows(text: str, label: str, chance: random.Random) -> Iterator[str]:
    lines = strip_licence(text).splitlines()
    count = min(WINDOWS_PER_FILE, 1 + len(lines) // (9 if label in SCARCE else 25))
    for _ in range(count):
        size = min(window_size(chance, 3, 40), len(lines))
        start = chance.randint(0, max(0, len(lines) - size))
        window = "\n".join(line.rstrip() for line in lines[start : start + size]).strip("\n")
        if is_usable_snippet(label, window):
            yield window


def prose_windows(path: Path, text: str, chance: random.Random) -> Iterator[str]:
    paragraphs = paragraphs_of(path, text)
    start = 0
    while start < len(paragraphs):
        size = window_size(chance, 1, 6)
        window = "\n\n".join(paragraphs[start : start + size])
        if 40 <= len(window) <= 2500:
            yield window
        start += size


def snippets_of(project: dict[str, object], limit: int) -> dict[str, list[Snippet]]:
    """Up to `limit` shuffled snippets per label of one project."""
    key = str(project["key"])
    root = Path(str(project["root"]))
    wanted = frozenset(project["labels"])  # type: ignore[call-overload]
    chance = random.Random(key)
    found: dict[str, list[Snippet]] = {}
    files = files_by_label(root, wanted)
    if key == "toolchain:rust-book":
        files = {"prose": sorted(root.glob("*.html"))}
    for label, paths in sorted(files.items()):
        chance.shuffle(paths)
        snippets: list[Snippet] = []
        for path in paths[:FILES_PER_LABEL]:
            if path.is_symlink() or path.stat().st_size > LARGEST_FILE:
                continue
            try:
                text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
            except UnicodeDecodeError:
                continue
            if label == "prose":
                windows = prose_windows(path, text, chance)
            elif is_usable_file(path, label, text):
                windows = code_windows(text, label, chance)
            else:
                continue
            snippets.extend(Snippet(window, label, key) for window in windows)
        chance.shuffle(snippets)
        found[label] = snippets[:limit]
    return found


def take_in_turn(queues: list[list[Snippet]], target: int, largest_share: float) -> list[Snippet]:
    """Take one snippet of each project in turn, so that no project dominates."""
    cap = max(1, int(target * largest_share))
    taken: list[Snippet] = []
    for turn in range(cap):
        for queue in queues:
            if turn < len(queue) and len(taken) < target:
                taken.append(queue[turn])
    return taken


def drop_copies(by_split: dict[str, list[list[Snippet]]]) -> dict[str, list[list[Snippet]]]:
    """Drop exact duplicates, and held-out snippets most of whose long lines occur in an earlier split."""
    seen: set[bytes] = set()
    known_lines: set[str] = set()
    kept: dict[str, list[list[Snippet]]] = {}
    for split in SPLITS:
        new_lines: set[str] = set()
        kept[split] = []
        for queue in by_split[split]:
            kept_queue = []
            for snippet in queue:
                if split == "test" and KEY.search(snippet.text):
                    continue
                lines = snippet.long_lines()
                if snippet.digest in seen or (lines and 2 * len(lines & known_lines) > len(lines)):
                    continue
                seen.add(snippet.digest)
                new_lines |= lines
                kept_queue.append(snippet)
            kept[split].append(kept_queue)
        known_lines |= new_lines
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--train", type=int, default=4500, help="snippets per label")
    parser.add_argument("--validation", type=int, default=150, help="snippets per label")
    parser.add_argument("--test", type=int, default=110, help="snippets per label")
    options = parser.parse_args()
    work: Path = options.work
    projects = json.loads((work / "fetched.json").read_text(encoding="utf-8"))
    targets = {"train": options.train, "validation": options.validation, "test": options.test}
    shares = {"train": 0.3, "validation": 0.5, "test": 0.34}

    queues: dict[str, dict[str, list[list[Snippet]]]] = {name: {s: [] for s in SPLITS} for name in LABELS}
    for project in projects:
        limit = 2 * targets[project["split"]]
        for label, snippets in snippets_of(project, limit).items():
            queues[label][project["split"]].append(snippets)

    result: dict[str, list[Snippet]] = {split: [] for split in SPLITS}
    for label in LABELS:
        kept = drop_copies(queues[label])
        shown = []
        for split in SPLITS:
            taken = take_in_turn(kept[split], targets[split], shares[split])
            result[split].extend(taken)
            shown.append(f"{split} {len(taken)} of {len({s.project for s in taken})} projects")
        print(f"{label:<11}", "; ".join(shown))

    for split, snippets in result.items():
        random.Random(0).shuffle(snippets)
        if split == "test":
            snippets = [replace(snippet, text=MAIL.sub("someone@example.org", snippet.text)) for snippet in snippets]
        with (work / f"{split}.jsonl").open("w", encoding="utf-8") as out:
            for snippet in snippets:
                row = {"text": snippet.text, "label": snippet.label, "project": snippet.project}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
    used: dict[str, Counter[str]] = defaultdict(Counter)
    for snippets in result.values():
        for snippet in snippets:
            used[snippet.project][snippet.label] += 1
    (work / "used.json").write_text(json.dumps(used, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
