"""One peer in a process of its own, so that no framework's threads disturb another's.

Reads a JSON object from each line of stdin, does what its "command" says, and answers with a JSON object on a line of
stdout. Whatever the framework prints goes to stderr.
"""

import importlib
import json
import os
import sys
import time
import traceback
import warnings
from pathlib import Path

from contenders import PEERS, Session
from inputs import padded_rows, random_inputs
from machine import private_memory


class Worker:
    def __init__(self, name: str, checkpoint: Path, folder: Path, threads: int):
        self.contender = next(contender for contender in PEERS if contender.name == name)
        self.checkpoint = checkpoint
        self.folder = folder
        self.threads = threads
        self.session: Session
        self.shape: tuple[int, int] | None = None

    def prepare(self) -> dict:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.contender.prepare(self.checkpoint, self.folder)
        return {}

    def open(self, cached: bool = False) -> dict:
        for module in self.contender.modules:
            importlib.import_module(module)
        start = time.perf_counter()
        self.session = self.contender.open(self.checkpoint, self.folder, self.threads, cached)
        return {"seconds": time.perf_counter() - start}

    def run(self, rows: int, length: int, repeat: int) -> dict:
        """Milliseconds of each run. The first, which is not counted, warms up."""
        inputs = random_inputs(rows, length)
        self.specialize(rows, length)
        self.session.run(**inputs)
        times = []
        for _ in range(repeat):
            start = time.perf_counter()
            self.session.run(**inputs)
            times.append(1e3 * (time.perf_counter() - start))
        return {"milliseconds": times}

    def batches(self, lengths: list[list[int]]) -> dict:
        """Seconds for batches of rows of these lengths, each padded to its longest row. A model that was compiled for one
        shape is opened for all again.
        """
        if self.shape is not None:
            self.session = self.contender.open(self.checkpoint, self.folder, self.threads)
            self.shape = None
        inputs = [padded_rows(batch) for batch in lengths]
        start = time.perf_counter()
        for batch in inputs:
            self.session.run(**batch)
        return {"seconds": time.perf_counter() - start}

    def first(self, rows: int, length: int) -> dict:
        """A run of a model that has just been opened, and the memory after it."""
        start = time.perf_counter()
        self.session.run(**random_inputs(rows, length))
        return {"seconds": time.perf_counter() - start, **private_memory()}

    def outputs(self, inputs: str, output: str) -> dict:
        """The hidden states of given ids, by the same program that is measured."""
        from safetensors.numpy import load_file, save_file

        given = load_file(inputs)
        rows, length = given["input_ids"].shape
        self.specialize(rows, length)
        hidden = self.session.run(**given)
        if hidden.shape[:2] != (rows, length):
            raise ValueError(f"hidden states of shape {hidden.shape} for ids of shape {(rows, length)}")
        save_file({"last_hidden_state": hidden.copy()}, output)
        return {}

    def specialize(self, rows: int, length: int) -> None:
        if self.shape != (rows, length):
            self.session.specialize(rows, length)
            self.shape = (rows, length)


def reason(error: Exception) -> str:
    """The last line of a message says the most: frameworks put where it happened before what happened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[-1] if lines else ''}"


def main() -> None:
    warnings.simplefilter("ignore")
    name, checkpoint, folder, threads = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    worker = Worker(name, Path(checkpoint), Path(folder), int(threads))
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(worker, request.pop("command"))(**request)
        except Exception as error:
            traceback.print_exc()
            answer = {"error": reason(error)}
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main()
