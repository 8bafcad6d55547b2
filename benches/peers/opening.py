"""How long it takes from nothing to the first result for 16 tokens, and how much private memory is in use then."""

import shutil
from pathlib import Path

from contenders import OURS, PEERS
from contenders.libdeberta import CommandLine, has_packed_cache
from inputs import random_inputs, write_inputs
from worker_process import Unavailable, WorkerProcess

LENGTH = 16


def measure_opening(
    checkpoint: Path, work: Path, program: Path, threads: int, isa: str | None, missing: dict[str, str]
) -> list[dict]:
    """Files are in the page cache in every case: the agreement check has just read them."""
    records = []

    def note(contender: str, cached: bool, result: dict) -> None:
        record = {"model": checkpoint.name, "threads": threads, "contender": contender, "cached": cached, **result}
        records.append(record)
        print(
            f"{checkpoint.name:>7} {contender:<26} {'from its cache' if cached else '':<14} "
            f"{record['from_start']:6.2f} s from start",
            flush=True,
        )

    given = write_inputs(random_inputs(1, LENGTH), work / "opening" / "inputs.safetensors")
    output = given.with_name("outputs.safetensors")
    for ours in OURS:
        command_line = CommandLine(program, checkpoint, ours.setting, threads, isa)
        note(ours.name, False, command_line.opening(given, output))
        if has_packed_cache(program):
            cache = given.with_name(f"cache-{checkpoint.name}-{ours.setting}")
            shutil.rmtree(cache, ignore_errors=True)
            cache.mkdir()
            note(ours.name, True, command_line.opening(given, output, packed_cache=cache))
    for contender in PEERS:
        if contender.name in missing or not contender.measures_opening:
            continue
        try:
            note(contender.name, False, open_peer(WorkerProcess(contender, checkpoint, work, threads, isa), False))
            if contender.opens_from_cache:
                # The first opening leaves the cache that the second one uses.
                open_peer(WorkerProcess(contender, checkpoint, work, threads, isa), True)
                note(contender.name, True, open_peer(WorkerProcess(contender, checkpoint, work, threads, isa), True))
        except Unavailable as reason:
            print(f"{checkpoint.name:>7} {contender.name:<26} cannot be opened: {reason}", flush=True)
    return records


def open_peer(worker: WorkerProcess, cached: bool) -> dict:
    """From the start of its process, Python and imports included; and from the call that opens the model."""
    with worker:
        opened = worker.open(cached)
        first, from_start = worker.first(1, LENGTH)
    memory = {name: first[name] for name in ("private_clean", "private_dirty")}
    return {"from_start": from_start, "from_call": opened + first["seconds"], **memory}
