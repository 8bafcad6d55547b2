"""Input batches of the encoder goldens: token ids, attention masks, token types."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np


def seeded_generator(*names: str) -> np.random.Generator:
    """A generator whose stream depends on the names only, so that adding a case changes no other case."""
    return np.random.default_rng([zlib.crc32(name.encode()) for name in names])


@dataclass(frozen=True)
class Case:
    """One batch. `rows` holds one string of length S per row: `x` is a valid token, `.` is padding."""

    name: str
    rows: tuple[str, ...]
    covers: str = ""
    # Without a mask every position is valid, whatever its id.
    with_mask: bool = True
    with_token_types: bool = False
    # Store every hidden state and every attention matrix as well.
    all_layers: bool = False

    def gives_row_logits(self) -> bool:
        """Whether the logits of a sequence head are stored.

        Such a head reads position 0: what it gives where that is masked is undefined. And the float32 error
        of the few numbers that a single row gives is too much a matter of luck to compare with.
        """
        return len(self.rows) >= 4 and all(row[0] == "x" for row in self.rows)

    def mask(self) -> np.ndarray:
        return np.array([[int(c == "x") for c in row] for row in self.rows], dtype=np.int64)

    def inputs(self, checkpoint: str, vocab_size: int, type_vocab_size: int) -> dict[str, np.ndarray]:
        generator = seeded_generator(checkpoint, self.name)
        mask = self.mask()
        ids = generator.integers(0, vocab_size, size=mask.shape, dtype=np.int64)
        # Half of the rows are padded with id 0, half keep random ids under the padding, and id 0 also
        # stands at a valid position: a mask that is derived from the ids is wrong in all three ways.
        ids[::2] *= mask[::2]
        for row in range(0, mask.shape[0], 2):
            valid = np.flatnonzero(mask[row])
            if len(valid) > 2:
                ids[row, valid[2]] = 0
        inputs = {"input_ids": ids}
        if self.with_mask:
            inputs["attention_mask"] = mask
        if self.with_token_types:
            inputs["token_type_ids"] = generator.integers(0, max(type_vocab_size, 2), size=mask.shape, dtype=np.int64)
        return inputs


# Right padding, holes, and a row of one token; position 0 is always valid, so logits are defined.
MIXED = ("xxxxxxxxxxx", "xxxxxxx....", "xx.xxx..xxx", "x..........")
# Left padding, padding on both sides, holes with left padding, one token in the middle.
LEFT = ("xxxxxxxxxxx", "....xxxxxxx", "..xxxxxx...", ".xx..x.xxx.", "......x....")
FULL = ("xxxxxxxxx",) * 4


def mixed_case(covers: str = "", *, all_layers: bool = False, with_token_types: bool = False) -> Case:
    return Case(
        "mixed",
        MIXED,
        covers or "right padding, holes in the middle, a row of a single token",
        all_layers=all_layers,
        with_token_types=with_token_types,
    )


def left_case(*, all_layers: bool = False) -> Case:
    covers = "left padding, padding on both sides, a single token in the middle"
    return Case("left", LEFT, covers, all_layers=all_layers)


def unmasked_case(covers: str = "", *, with_token_types: bool = False) -> Case:
    return Case(
        "unmasked", FULL, covers or "no attention_mask, id 0 inside", with_mask=False, with_token_types=with_token_types
    )


# Many short rows: where a row gives one or two numbers only, the largest error over four rows says little
# about the error to expect.
MANY_ROWS = (
    "xxxxxxx",
    "xxxxx..",
    "xx.x.xx",
    "x......",
    "xxx....",
    "xxxxxx.",
    "xx.....",
    "x.....x",
    "xxxx...",
    "xxxxxxx",
    "xx...xx",
    "xxxxxx.",
)


def many_rows_case(covers: str = "") -> Case:
    return Case("rows", MANY_ROWS, covers or "twelve rows of different lengths")
