"""What the benchmark needs to know of a peer."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import numpy

# The variables with which a framework's libraries can be kept from using newer instructions. The level "avx512" still
# has bfloat16 and int8 dot products, but no AMX.
INSTRUCTION_LIMITS = {
    "avx2": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "DNNL_MAX_CPU_ISA": "AVX2",
        "FBGEMM_ENABLE_INSTRUCTIONS": "AVX2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
    },
    "avx512": {
        "ATEN_CPU_CAPABILITY": "avx512",
        "DNNL_MAX_CPU_ISA": "AVX512_CORE_FP16",
        "FBGEMM_ENABLE_INSTRUCTIONS": "AVX512",
        "MKL_ENABLE_INSTRUCTIONS": "AVX512",
        "ONEDNN_MAX_CPU_ISA": "AVX512_CORE_FP16",
    },
}


class Session(ABC):
    """An opened model."""

    def specialize(self, rows: int, length: int) -> None:
        """Prepares for many batches of one shape, if that makes them faster."""

    @abstractmethod
    def run(self, input_ids: numpy.ndarray, attention_mask: numpy.ndarray) -> numpy.ndarray:
        """The last hidden states."""


@dataclass
class Contender(ABC):
    """A peer in one of its configurations; `precision` is the class it competes in."""

    name: str
    label: str
    precision: str

    @property
    @abstractmethod
    def modules(self) -> tuple[str, ...]:
        """What `open` imports; importing is no part of opening a model."""

    @property
    @abstractmethod
    def family(self) -> str:
        """The framework, for the plot."""

    @property
    def measures_opening(self) -> bool:
        return True

    @property
    def opens_from_cache(self) -> bool:
        """Whether a second opening can use something that the first has left."""
        return False

    @abstractmethod
    def prepare(self, checkpoint: Path, folder: Path) -> None:
        """Exports the checkpoint into the folder, once."""

    @abstractmethod
    def open(self, checkpoint: Path, folder: Path, threads: int, cached: bool = False) -> Session:
        """Opens what `prepare` left, for batches of any shape; `cached`: with what an earlier opening left."""

    def environment(self, threads: int, isa: str | None) -> dict[str, str]:
        return {
            "MKL_NUM_THREADS": str(threads),
            "OMP_NUM_THREADS": str(threads),
            **INSTRUCTION_LIMITS.get(isa or "", {}),
        }
