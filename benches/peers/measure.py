"""Warm forward passes. Contenders take turns, so that a machine that gets faster or slower does so for all of them."""

import contextlib
import statistics
import time
from pathlib import Path

from contenders import OURS, PEERS
from contenders.libdeberta import CommandLine
from worker_process import Unavailable, WorkerProcess

# Time for the threads of the last contender to fall asleep.
PAUSE_SECONDS = 0.05


def measure(
    checkpoint: Path,
    work: Path,
    program: Path,
    threads: int,
    isa: str | None,
    missing: dict[str, str],
    shapes: list[str],
    rounds: int,
    repeat: int,
) -> list[dict]:
    """One record for each contender and shape, with the milliseconds of all its runs."""
    records = []
    with contextlib.ExitStack() as stack:
        runners: dict[str, WorkerProcess | CommandLine] = {}
        for ours in OURS:
            runners[ours.name] = CommandLine(program, checkpoint, ours.setting, threads, isa)
        for contender in PEERS:
            if contender.name not in missing:
                worker = stack.enter_context(WorkerProcess(contender, checkpoint, work, threads, isa))
                worker.open()
                runners[contender.name] = worker
        for shape in shapes:
            warm_up(runners, shape, missing)
            turns = take_turns(runners, shape, rounds, repeat)
            for name, results in turns.items():
                record = {"model": checkpoint.name, "threads": threads, "shape": shape, "contender": name}
                records.append(record | combine(results))
                print(
                    f"{checkpoint.name:>7} {threads} threads {shape:>6} {name:<26} {records[-1]['median']:10.2f} ms",
                    flush=True,
                )
    return records


def warm_up(runners: dict[str, WorkerProcess | CommandLine], shape: str, missing: dict[str, str]) -> None:
    """The first run of a shape may compile, which should not come between the turns of others.

    A peer that cannot do so leaves, with its reason.
    """
    for name, runner in list(runners.items()):
        if isinstance(runner, WorkerProcess):
            try:
                runner.run(shape, 1)
            except Unavailable as reason:
                missing[name] = f"{shape}: {reason}"
                del runners[name]


def take_turns(
    runners: dict[str, WorkerProcess | CommandLine], shape: str, rounds: int, repeat: int
) -> dict[str, list[dict]]:
    results: dict[str, list[dict]] = {name: [] for name in runners}
    for _ in range(rounds):
        for name, runner in runners.items():
            time.sleep(PAUSE_SECONDS)
            results[name].append(runner.run(shape, repeat))
    return results


def combine(results: list[dict]) -> dict:
    milliseconds = [value for result in results for value in result["milliseconds"]]
    combined = {"milliseconds": milliseconds, "median": statistics.median(milliseconds)}
    for name in ("share_of_peak", "peak_gflops"):
        if name in results[0]:
            combined[name] = statistics.median(result[name] for result in results)
    if "instruction_set" in results[0]:
        combined["instruction_set"] = results[0]["instruction_set"]
    return combined
