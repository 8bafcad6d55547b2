"""The classes that compete, and how much faster than the fastest peer each of our precisions ought to be."""

import statistics
from dataclasses import dataclass

from contenders import OURS, PEERS
from machine import instruction_level

TARGET_THREADS = 2
LEAST_RATIO = 1.5
HIGHEST_TARGETS = {"amx": 3.0, "avx512": 1.6, "avx2": 1.3}
TARGETS = {"high": 4.0, "medium": 5.0, "int8": 5.0}


def target(setting: str, results: dict) -> float:
    if setting == "highest":
        return HIGHEST_TARGETS[instruction_level(results["machine"]["features"], results["isa"])]
    return TARGETS[setting]


@dataclass
class Cell:
    """One model, shape and number of threads: our precision and the fastest peer of its class."""

    model: str
    threads: int
    shape: str
    setting: str
    ours: float
    peer: str
    theirs: float

    @property
    def ratio(self) -> float:
        return self.theirs / self.ours


def medians(results: dict) -> dict[tuple[str, int, str], dict[str, float]]:
    """For each model, number of threads and shape: the median milliseconds of each contender."""
    table: dict[tuple[str, int, str], dict[str, float]] = {}
    for record in results["timings"]:
        place = (record["model"], record["threads"], record["shape"])
        table.setdefault(place, {})[record["contender"]] = record["median"]
    return table


def cells(results: dict) -> list[Cell]:
    found = []
    for (model, threads, shape), times in medians(results).items():
        for ours in OURS:
            rivals = [peer for peer in PEERS if peer.precision == ours.precision and peer.name in times]
            if rivals and ours.name in times:
                fastest = min(rivals, key=lambda peer: times[peer.name])
                here = (model, threads, shape, ours.setting, times[ours.name])
                found.append(Cell(*here, fastest.label, times[fastest.name]))
    return found


@dataclass
class Summary:
    """All cells of one precision with one number of threads."""

    setting: str
    threads: int
    mean: float
    least: Cell


def summarize(found: list[Cell]) -> list[Summary]:
    summaries = []
    for threads in sorted({cell.threads for cell in found}):
        for ours in OURS:
            group = [cell for cell in found if (cell.setting, cell.threads) == (ours.setting, threads)]
            if group:
                mean = statistics.geometric_mean(cell.ratio for cell in group)
                least = min(group, key=lambda cell: cell.ratio)
                summaries.append(Summary(ours.setting, threads, mean, least))
    return summaries
