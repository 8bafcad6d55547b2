"""What the measurements were taken on, and with which versions."""

import importlib.metadata
import os
import platform
from pathlib import Path

FEATURES = (
    "avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16", "amx_int8"
)
PACKAGES = ("torch", "transformers", "onnxruntime", "openvino", "nncf", "onnx", "numpy")


def describe_machine() -> dict:
    info = cpu_info()
    flags = info.get("flags", info.get("Features", "")).split()
    return {
        "processor": info.get("model name", platform.machine()),
        "processors": os.cpu_count(),
        "features": [feature for feature in FEATURES if feature in flags],
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": {package: importlib.metadata.version(package) for package in PACKAGES},
    }


def cpu_info() -> dict[str, str]:
    """The first processor's lines of /proc/cpuinfo."""
    first = Path("/proc/cpuinfo").read_text().split("\n\n")[0]
    lines = (line.split(":", 1) for line in first.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, value in lines}


def instruction_level(features: list[str], isa: str | None) -> str:
    """The level that the targets distinguish: amx, avx512 or avx2."""
    if isa in ("avx2", "avx512"):
        return isa
    if "amx_bf16" in features or "amx_int8" in features:
        return "amx"
    return "avx512" if "avx512f" in features else "avx2"


def private_memory(pid: int | str = "self") -> dict[str, int]:
    """Bytes that no other process shares now.

    Clean pages are those of mapped files: a second process with the same file would share them.
    """
    sizes = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in ("Private_Clean", "Private_Dirty"):
            sizes[name] = int(value.split()[0]) * 1024
    return {"private_clean": sizes["Private_Clean"], "private_dirty": sizes["Private_Dirty"]}
