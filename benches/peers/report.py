"""Writes the tables and the plot of docs/performance.md."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

OURS = "#1b6e8c"
THEIRS = "#b9c4c9"
BAR = 16
ROW = 2 * BAR + 22
LEFT = 70
WIDTH = 640


@dataclass
class Result:
    shape: str
    ours_ms: float
    theirs_ms: float

    @property
    def speed_up(self) -> float:
        return self.theirs_ms / self.ours_ms


def plot(results: list[Result], environment: str) -> str:
    """Bars of the time for 1,000 tokens, so that shapes of different size share an axis."""

    def per_thousand(result: Result, milliseconds: float) -> float:
        rows, length = map(int, result.shape.split("x"))
        return milliseconds * 1000 / (rows * length)

    longest = max(per_thousand(r, t) for r in results for t in (r.ours_ms, r.theirs_ms))
    scale = (WIDTH - LEFT - 150) / longest
    height = 70 + ROW * len(results)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        '<text x="10" y="22" font-size="15" font-weight="bold">float32: milliseconds for 1,000 tokens (shorter is better)</text>',
        f'<text x="10" y="40" font-size="11" fill="#555">{environment}; rows x tokens</text>',
    ]
    for index, result in enumerate(results):
        top = 56 + index * ROW
        lines.append(f'<text x="{LEFT - 8}" y="{top + BAR + 5}" text-anchor="end">{result.shape}</text>')
        for offset, name, colour, time in (
            (0, "libdeberta", OURS, result.ours_ms),
            (BAR + 2, "ONNX Runtime", THEIRS, result.theirs_ms),
        ):
            value = per_thousand(result, time)
            lines.append(f'<rect x="{LEFT}" y="{top + offset}" width="{value * scale:.1f}" height="{BAR}" fill="{colour}"/>')
            lines.append(f'<text x="{LEFT + value * scale + 6:.1f}" y="{top + offset + 13}">{value:,.0f} {name}</text>')
    return "\n".join([*lines, "</svg>", ""])


def write_report(folder: Path, results: list[Result], environment: str, version: str) -> None:
    (folder / "performance.svg").write_text(plot(results, environment))
    table = "\n".join(
        f"| {r.shape} | {r.ours_ms:.1f} | {r.theirs_ms:.1f} | **{r.speed_up:.2f}×** |" for r in results
    )
    (folder / "performance.md").write_text(
        f"""# Performance

Made by `benches/peers/compare_onnxruntime.py` on {date.today()}: {environment}. Both contenders run the same weights and
agree; their runs alternate, and medians are compared. Machines differ and are noisy: the ratio is what counts.

![time of a forward pass](performance.svg)

Milliseconds for one forward pass in float32 (`Precision::Highest`):

| rows × tokens | libdeberta | ONNX Runtime {version} | speed-up |
|---|---|---|---|
{table}

To take the figures on your machine:

```sh
cargo build --release --package deberta-cli
python -m venv .venv && .venv/bin/pip install -r benches/peers/requirements.txt
.venv/bin/python benches/peers/compare_onnxruntime.py --work /tmp/peers --report docs
```
"""
    )
