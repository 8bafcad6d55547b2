"""The measuring side of worker.py."""

import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path

import numpy
from safetensors.numpy import load_file

from contenders import Contender
from inputs import rows_and_length

PATIENCE_SECONDS = 900
# Settings of the shell would steer the peers.
STEERING = ("ATEN_", "DNNL_", "GOMP_", "KMP_", "MKL_", "OMP_", "ONEDNN_", "OPENBLAS_")


class Unavailable(Exception):
    """A contender cannot take part; the message says why."""


class WorkerProcess:
    """A peer with one model and one number of threads. Between requests it waits, and takes no processor time."""

    def __init__(self, contender: Contender, checkpoint: Path, work: Path, threads: int, isa: str | None = None):
        self.contender = contender
        self.folder = work / "exports" / checkpoint.name / contender.name
        logs = work / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(STEERING)}
        command = [sys.executable, Path(__file__).with_name("worker.py"), contender.name, checkpoint, self.folder]
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [*command, str(threads)],
            env=kept | contender.environment(threads, isa),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(logs / f"{checkpoint.name}-{contender.name}.log").open("w"),
            text=True,
        )

    def request(self, command: str, **parameters) -> dict:
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(json.dumps({"command": command, **parameters}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Unavailable(f"ended with code {self.process.wait()}") from None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(PATIENCE_SECONDS):
                self.process.kill()
                raise Unavailable(f"{command} took more than {PATIENCE_SECONDS} s")
        line = self.process.stdout.readline()
        if not line:
            raise Unavailable(f"ended with code {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise Unavailable(answer["error"])
        return answer

    def prepare(self) -> None:
        """Exports the model, unless that was done."""
        complete = self.folder / "complete"
        if not complete.exists():
            self.request("prepare")
            complete.touch()

    def open(self, cached: bool = False) -> float:
        return self.request("open", cached=cached)["seconds"]

    def run(self, shape: str, repeat: int) -> dict:
        rows, length = rows_and_length(shape)
        return self.request("run", rows=rows, length=length, repeat=repeat)

    def batches(self, lengths: list[list[int]]) -> float:
        return self.request("batches", lengths=lengths)["seconds"]

    def first(self, rows: int, length: int) -> tuple[dict, float]:
        """The first run after opening, and the seconds since the process was started."""
        answer = self.request("first", rows=rows, length=length)
        return answer, time.perf_counter() - self.started

    def outputs(self, inputs: Path, output: Path) -> numpy.ndarray:
        self.request("outputs", inputs=str(inputs), output=str(output))
        return load_file(output)["last_hidden_state"]

    def close(self) -> None:
        assert self.process.stdin
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait()

    def __enter__(self) -> "WorkerProcess":
        return self

    def __exit__(self, *_) -> None:
        self.close()
