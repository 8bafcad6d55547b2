"""libdeberta through its command line, so that what is measured is what anyone can run."""

import functools
import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import numpy
from safetensors.numpy import load_file

from machine import private_memory

# Each precision with the class it competes in.
PRECISIONS = {"highest": "float32", "high": "float32", "medium": "bfloat16", "int8": "int8"}
POLL_SECONDS = 0.001


@dataclass
class Libdeberta:
    setting: str

    @property
    def name(self) -> str:
        return f"libdeberta-{self.setting}"

    @property
    def label(self) -> str:
        return f"libdeberta {self.setting}"

    @property
    def precision(self) -> str:
        return PRECISIONS[self.setting]

    @property
    def family(self) -> str:
        return self.label


@dataclass
class CommandLine:
    """The command line with one model, at one precision, with one number of threads."""

    program: Path
    checkpoint: Path
    setting: str
    threads: int
    isa: str | None = None

    def command(self, name: str, *options: str | Path) -> list[str | Path]:
        shared = ["--model", self.checkpoint, "--precision", self.setting, "--threads", str(self.threads)]
        return [self.program, name, *shared, *options]

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | ({"DEBERTA_ISA": self.isa} if self.isa else {})

    def execute(self, command: list[str | Path]) -> str:
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr.strip() or f"exit code {done.returncode}")
        return done.stdout

    def run(self, shape: str, repeat: int) -> dict:
        """One process for each turn; it warms itself up before it measures."""
        report = json.loads(self.execute(self.command("bench", "--shapes", shape, "--repeat", str(repeat), "--json")))
        result = report["shapes"][0]
        return {
            "milliseconds": result["milliseconds"],
            "share_of_peak": result["share_of_peak"],
            "peak_gflops": report["peak_gflops"],
            "instruction_set": report["instruction_set"],
        }

    def outputs(self, inputs: Path, output: Path) -> numpy.ndarray:
        self.execute(self.command("encode", "--tensors", inputs, "--output", output))
        return load_file(output)["last_hidden_state"]

    def opening(self, inputs: Path, output: Path, packed_cache: Path | None = None) -> dict:
        """Of the whole command: the time from start to end, and the most private memory it ever had.

        Watching the memory costs time; therefore these are two runs.
        """
        cache = ["--packed-cache", packed_cache] if packed_cache else []
        command = self.command("encode", "--tensors", inputs, "--output", output, *cache)
        self.execute(command)
        start = time.perf_counter()
        self.execute(command)
        seconds = time.perf_counter() - start
        return {"from_start": seconds, **self.peak_memory(command)}

    def peak_memory(self, command: list[str | Path]) -> dict[str, int]:
        process = subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        most = {"private_clean": 0, "private_dirty": 0}
        while process.poll() is None:
            try:
                now = private_memory(process.pid)
            except (OSError, KeyError):  # it has just ended
                continue
            most = max(most, now, key=lambda sizes: sum(sizes.values()))
            time.sleep(POLL_SECONDS)
        return most


@functools.cache
def has_packed_cache(program: Path) -> bool:
    help_text = subprocess.run([program, "encode", "--help"], capture_output=True, text=True, check=True).stdout
    return "--packed-cache" in help_text
