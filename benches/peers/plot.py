"""Bars of the time of a forward pass, one panel for each class; readable on light and dark pages."""

from contenders import OURS, PEERS
from targets import medians

STYLE = """
svg { font-family: -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; font-size: 11px; }
.page { fill: #ffffff; } .text { fill: #1f2328; } .faint { fill: #59636e; } .line { stroke: #d1d9e0; }
.ours { fill: #0b7285; } .peer { fill: #b6c2cc; } .strong { font-weight: 600; fill: #0b7285; }
.title { font-size: 15px; font-weight: 600; } .panel { font-size: 13px; font-weight: 600; }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117; } .text { fill: #e6edf3; } .faint { fill: #9198a1; } .line { stroke: #3d444d; }
.ours { fill: #3bc9db; } .peer { fill: #4a5561; } .strong { fill: #3bc9db; }
}
"""
SHOWN_MODELS = ("xsmall", "base")
WIDTH = 880
COLUMN = 430
LABEL = 178
LONGEST_BAR = 190
BAR = 11
PITCH = 14
GROUP_GAP = 10
CLASSES = {
    "float32": "float32: highest and high",
    "bfloat16": "bfloat16: medium",
    "int8": "int8",
}


class Drawing:
    """Lines of an SVG file."""

    def __init__(self):
        self.lines: list[str] = []

    def text(self, x: float, y: float, text: str, style: str = "text", anchor: str = "start") -> None:
        self.lines.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">{text}</text>')

    def bar(self, x: float, y: float, width: float, style: str) -> None:
        self.lines.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{BAR}" rx="2" class="{style}"/>'
        )

    def rule(self, y: float) -> None:
        self.lines.append(f'<line x1="14" y1="{y:.1f}" x2="{WIDTH - 14}" y2="{y:.1f}" class="line"/>')

    def page(self, height: float) -> str:
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}">'
        page = f'<rect width="{WIDTH}" height="{height:.0f}" rx="6" class="page"/>'
        return "\n".join([head, f"<style>{STYLE}</style>", page, *self.lines, "</svg>", ""])


def plot(results: dict) -> str:
    times = medians(results)
    threads = max(place[1] for place in times)
    measured = list(dict.fromkeys(place[0] for place in times))
    models = [model for model in SHOWN_MODELS if model in measured] or measured[:2]
    shapes = list(dict.fromkeys(place[2] for place in times))
    drawing = Drawing()
    drawing.text(14, 26, "Milliseconds of a forward pass (shorter is better)", "text title")
    machine = results["machine"]
    limit = f", {results['isa']}" if results["isa"] else ""
    where = f"{machine['processor']}{limit}, {threads} {'thread' if threads == 1 else 'threads'}"
    note = f"{where}; rows × tokens, each shape on a scale of its own"
    drawing.text(14, 44, note, "faint")
    top = 58.0
    for label, title in CLASSES.items():
        groups = {
            (model, shape): group_bars(times.get((model, threads, shape), {}), label)
            for model in models
            for shape in shapes
        }
        if not any(groups.values()):
            continue
        drawing.rule(top)
        bottom = top
        for column, model in enumerate(models):
            drawing.text(14 + column * COLUMN, top + 20, f"{title} · {model}", "text panel")
            y = top + 32
            for shape in shapes:
                y = draw_group(drawing, 14 + column * COLUMN, y, shape, groups[model, shape])
            bottom = max(bottom, y)
        top = bottom
    return drawing.page(top + 4)


def group_bars(times: dict[str, float], label: str) -> list[tuple[str, float, bool]]:
    """Name, time and whether it is ours; of each framework the fastest of its configurations."""
    bars = [(ours.label, times[ours.name], True) for ours in OURS if ours.precision == label and ours.name in times]
    families: dict[str, float] = {}
    for peer in PEERS:
        if peer.precision == label and peer.name in times:
            families[peer.family] = min(times[peer.name], families.get(peer.family, float("inf")))
    return bars + [(family, value, False) for family, value in families.items()]


def draw_group(drawing: Drawing, left: float, top: float, shape: str, bars: list[tuple[str, float, bool]]) -> float:
    """Draws the bars of one shape, and returns where the next one starts."""
    if not bars:
        return top
    scale = LONGEST_BAR / max(value for _, value, _ in bars)
    drawing.text(left, top + BAR - 1, shape, "faint")
    for index, (name, value, ours) in enumerate(bars):
        y = top + index * PITCH
        drawing.text(left + LABEL - 6, y + BAR - 1.5, name, "strong" if ours else "text", "end")
        drawing.bar(left + LABEL, y, value * scale, "ours" if ours else "peer")
        shown = f"{value:.1f}" if value < 100 else f"{value:,.0f}"
        drawing.text(left + LABEL + value * scale + 5, y + BAR - 1.5, shown, "strong" if ours else "text")
    return top + len(bars) * PITCH + GROUP_GAP
