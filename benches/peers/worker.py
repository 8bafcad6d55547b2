"""One peer in a process of its own, so that no framework's threads disturb another's.

Reads a JSON object from each line of stdin, does what its "command" says, and answers with a JSON object on a line of
stdout. Whatever the framework prints goes to stderr.
"""

import json
import os
import sys
import time
import traceback
import warnings
from pathlib import Path

from contenders import PEERS, Session
from inputs import random_inputs
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
        start = time.perf_counter()
        self.session = self.contender.open(self.checkpoint, self.folder, self.threads, cached)
        return {"seconds": time.perf_counter() - start}

    def run(self, rows: int, length: int, repeat: int) -> dict:
        """Milliseconds of each run. The first, which is not counted, warms up."""
        inputs = random_inputs(rows, length)
        if self.shape != (rows, length):
            self.session.specialize(rows, length)
            self.shape = (rows, length)
            self.session.run(**inputs)
        self.session.run(**inputs)
        times = []
        for _ in range(repeat):
            start = time.perf_counter()
            self.session.run(**inputs)
            times.append(1e3 * (time.perf_counter() - start))
        return {"milliseconds": times}

    def first(self, rows: int, length: int) -> dict:
        """A run of a model that has just been opened, and the memory after it."""
        start = time.perf_counter()
        self.session.run(**random_inputs(rows, length))
        return {"seconds": time.perf_counter() - start, **private_memory()}

    def outputs(self, inputs: str, output: str) -> dict:
        from safetensors.numpy import load_file, save_file

        save_file({"last_hidden_state": self.session.run(**load_file(inputs)).copy()}, output)
        return {}


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
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main()
