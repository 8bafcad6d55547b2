"""Writes small HDF5 files that a weights file should not be, into `tests/goldens/keras/damaged`.

Each has the token embedding [12, 4] as its only dataset, or something else in its place. The files of a run differ from
those of another in a few bytes: HDF5 writes times into some of them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

EMBEDDING = "layers/reversible_embedding/vars/0"
VALUES = np.arange(48, dtype=np.float32).reshape(12, 4)


def soft_link(file: h5py.File) -> None:
    file["elsewhere"] = VALUES
    file.create_group("layers/reversible_embedding/vars")["0"] = h5py.SoftLink("/elsewhere")


def external_link(file: h5py.File) -> None:
    file.create_group("layers/reversible_embedding/vars")["0"] = h5py.ExternalLink("other.h5", "/0")


def external_storage(file: h5py.File) -> None:
    file.create_dataset(EMBEDDING, VALUES.shape, "<f4", external=[("other.bin", 0, VALUES.nbytes)])


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(VALUES.shape, "<f4")
    layout[:] = h5py.VirtualSource("other.h5", "/0", VALUES.shape)
    file.create_virtual_dataset(EMBEDDING, layout)


def never_written(file: h5py.File) -> None:
    file.create_dataset(EMBEDDING, VALUES.shape, "<f4")


def huge(file: h5py.File) -> None:
    file.create_dataset(EMBEDDING, (1 << 40, 4), "<f4", chunks=(1024, 4), compression="gzip")


def circle(file: h5py.File) -> None:
    file[EMBEDDING] = VALUES
    for group in ("layers", "layers/reversible_embedding"):
        for n in range(40):
            file[f"{group}/circle_{n}"] = file["layers"]


def no_layers(file: h5py.File) -> None:
    file["model_weights/embedding"] = VALUES


FILES: dict[str, Callable[[h5py.File], None]] = {
    function.__name__: function
    for function in (soft_link, external_link, external_storage, virtual, never_written, huge, circle, no_layers)
}
# These are read.
FILES["contiguous"] = lambda file: file.create_dataset(EMBEDDING, data=VALUES)
OLD_EMBEDDING = EMBEDDING.replace("layers", "_layer_checkpoint_dependencies")
FILES["keras_2_13"] = lambda file: file.create_dataset(OLD_EMBEDDING, data=VALUES)
# Keras writes none of these.
FILES |= {
    "chunked": lambda file: file.create_dataset(EMBEDDING, data=VALUES, chunks=(7, 3)),
    "gzip": lambda file: file.create_dataset(EMBEDDING, data=VALUES, compression="gzip", shuffle=True),
}


def compact(file: h5py.File) -> None:
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_layout(h5py.h5d.COMPACT)
    group = file.create_group(EMBEDDING.rpartition("/")[0])
    space = h5py.h5s.create_simple(VALUES.shape)
    dataset = h5py.h5d.create(group.id, b"0", h5py.h5t.IEEE_F32LE, space, properties)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, VALUES)


FILES["compact"] = compact
# These have other types and shapes.
FILES |= {
    "float64": lambda file: file.create_dataset(EMBEDDING, data=VALUES.astype("<f8")),
    "big_endian": lambda file: file.create_dataset(EMBEDDING, data=VALUES.astype(">f4")),
    "opaque": lambda file: file.create_dataset(EMBEDDING, data=np.zeros(VALUES.shape, "V2")),
    "integer": lambda file: file.create_dataset(EMBEDDING, data=VALUES.astype("<i4")),
    "shape": lambda file: file.create_dataset(EMBEDDING, data=VALUES.T),
}


def main() -> None:
    folder = Path(__file__).resolve().parents[2] / "tests" / "goldens" / "keras" / "damaged"
    folder.mkdir(parents=True, exist_ok=True)
    for name, fill in FILES.items():
        for version in ("earliest", "v110"):
            with h5py.File(folder / f"{name}_{version}.h5", "w", libver=version, track_times=False) as file:
                fill(file)


if __name__ == "__main__":
    main()
