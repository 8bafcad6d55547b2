"""Writes performance.md from the raw results; nothing is measured here."""

import textwrap
from pathlib import Path

from agreement import LARGEST_DIFFERENCE, LEAST_COSINE
from contenders import OURS, PEERS
from plot import plot
from targets import LEAST_RATIO, TARGET_THREADS, Cell, Summary, cells, medians, summarize, target

CLASSES = ("float32", "bfloat16", "int8")
LABELS = {contender.name: contender.label for contender in [*OURS, *PEERS]}
NOTES = Path(__file__).with_name("notes.md")


def write_report(results: dict, folder: Path, name: str) -> list[Path]:
    found = cells(results)
    chart = folder / f"{name}.svg"
    chart.write_text(plot(results))
    sections = [
        introduction(results, name),
        verdict(results, found),
        *(section for model in present(results, "model") for section in timing_section(results, model)),
        ratio_section(results, found),
        peak_section(results),
        scaling_section(results),
        opening_section(results),
        agreement_section(results),
        settings_section(results),
        reproduction(results, name),
    ]
    if NOTES.exists():
        sections.append(NOTES.read_text().strip())
    page = folder / f"{name}.md"
    page.write_text("\n\n".join(section for section in sections if section) + "\n")
    return [page, chart]


def present(results: dict, field: str) -> list:
    """The models, threads or shapes that were measured, in their order."""
    return list(dict.fromkeys(record[field] for record in results["timings"]))


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def paragraph(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 120, break_long_words=False, break_on_hyphens=False)


def counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def introduction(results: dict, name: str) -> str:
    machine = results["machine"]
    versions = ", ".join(f"{package} {version}" for package, version in machine["versions"].items())
    limit = ""
    if results["isa"]:
        limit = f"""Ours, PyTorch and OpenVINO were kept to {results["isa"]}; ONNX Runtime cannot be restricted, and
            neither can some of OpenVINO's float32 kernels; these used all that the processor has. OpenVINO computes in
            float32 where the level has no bfloat16."""
    level = next((record["instruction_set"] for record in results["timings"] if "instruction_set" in record), "unknown")
    rounds, runs = counted(results["rounds"], "round"), counted(results["repeat"], "run")
    text = f"""
        Made by `benches/peers/run` on {results["date"]}: {machine["processor"]} ({", ".join(machine["features"])}),
        {machine["processors"]} processors, {machine["memory_gib"]} GiB, {machine["system"]}, Python
        {machine["python"]}; {versions}. libdeberta used its {level} kernels. {limit} Every contender has the same
        random weights, and all agree (below). They take turns, {rounds} of {runs} after an unmeasured one; the medians
        are shown. Machines differ and are noisy: the ratios are what counts."""
    return f"# Performance\n\n{paragraph(text)}\n\n![time of a forward pass]({name}.svg)"


def verdict(results: dict, found: list[Cell]) -> str:
    """The geometric means against the targets."""

    def row(summary: Summary) -> list[str]:
        least = summary.least
        wanted = target(summary.setting, results)
        judged = summary.threads == TARGET_THREADS
        met = summary.mean >= wanted and least.ratio >= LEAST_RATIO
        return [
            f"{summary.setting}, {counted(summary.threads, 'thread')}",
            f"**{summary.mean:.2f}×**",
            f"{wanted:.1f}×" if judged else "",
            f"{least.ratio:.2f}× ({least.model} {least.shape}, {least.peer})",
            f"{LEAST_RATIO:.1f}×" if judged else "",
            ("yes" if met else "no") if judged else "",
        ]

    text = """How many times faster than the fastest peer of its class: the geometric mean over all models and shapes,
        and the worst of them. `highest` and `high` compete with float32, `medium` with bfloat16, `int8` with int8."""
    header = ["precision", "mean", "its target", "least", "its target", "met"]
    return f"## Beside the fastest peer\n\n{paragraph(text)}\n\n" + table(header, [row(s) for s in summarize(found)])


def timing_section(results: dict, model: str) -> list[str]:
    times = medians(results)
    shapes = present(results, "shape")
    sections = []
    for threads in present(results, "threads"):
        rows = []
        for label in CLASSES:
            for contender in [*OURS, *PEERS]:
                values = [times.get((model, threads, shape), {}).get(contender.name) for shape in shapes]
                if contender.precision == label and any(values):
                    shown = f"**{contender.label}**" if contender in OURS else contender.label
                    rows.append([shown, label, *(f"{value:.1f}" if value else "" for value in values)])
        if rows:
            heading = f"## {model}, {counted(threads, 'thread')}"
            body = table(["milliseconds, rows × tokens", "class", *shapes], rows)
            sections.append(f"{heading}\n\n{body}")
    return sections


def ratio_section(results: dict, found: list[Cell]) -> str:
    shapes = present(results, "shape")
    rows = []
    for model in present(results, "model"):
        for threads in present(results, "threads"):
            for ours in OURS:
                here = {
                    cell.shape: f"{cell.ratio:.2f}× ({cell.peer})"
                    for cell in found
                    if (cell.model, cell.threads, cell.setting) == (model, threads, ours.setting)
                }
                if here:
                    name = f"{model}, {counted(threads, 'thread')}, {ours.setting}"
                    rows.append([name, *(here.get(shape, "") for shape in shapes)])
    text = "Time of the fastest peer of the class over ours, and which peer that was."
    return f"## Each shape\n\n{text}\n\n" + table(["", *shapes], rows)


def peak_section(results: dict) -> str:
    records = [record for record in results["timings"] if "share_of_peak" in record]
    shapes = present(results, "shape")
    rows: dict[str, dict[str, str]] = {}
    for record in records:
        name = f"{record['model']}, {counted(record['threads'], 'thread')}, {LABELS[record['contender']]}"
        rows.setdefault(name, {})[record["shape"]] = f"{100 * record['share_of_peak']:.0f} %"
    text = """
        Arithmetic of the model per second, as a share of what float32 multiply-adds with the widest vectors
        reach on as many threads, measured by `deberta bench` at the same time. Kernels for other number types
        can exceed it."""
    body = table(["", *shapes], [[name, *(shares.get(s, "") for s in shapes)] for name, shares in rows.items()])
    return f"## Share of the machine's peak\n\n{paragraph(text)}\n\n{body}"


def scaling_section(results: dict) -> str:
    """What the second thread brings, at the largest shape."""
    times = medians(results)
    models, shape = present(results, "model"), present(results, "shape")[-1]
    if not {1, 2} <= set(present(results, "threads")):
        return ""
    rows = []
    for contender in [*OURS, *PEERS]:
        row = []
        for model in models:
            one = times.get((model, 1, shape), {}).get(contender.name)
            two = times.get((model, 2, shape), {}).get(contender.name)
            row.append(f"{one / two:.2f}×" if one and two else "")
        if any(row):
            rows.append([contender.label, *row])
    return f"## Two threads\n\nTime with one thread over time with two, at {shape}.\n\n" + table(["", *models], rows)


def opening_section(results: dict) -> str:
    if not results["opening"]:
        return ""
    text = """
        From the start of the process to the result for 16 tokens; for peers, which run in Python, also from the
        call that opens the model. For libdeberta it is the whole command `deberta encode`, from start to end.
        Private memory is what no other process shares: then, for peers; the most there ever was, for
        libdeberta. Clean pages belong to mapped files, and are shared by a second process with the same model.
        "Cached" is with what an earlier opening left: OpenVINO's model cache, ONNX Runtime's optimized graph,
        packed weights of libdeberta. All files were in the page cache. Compiled PyTorch is left out: it
        compiles for tens of seconds."""
    rows = []
    for record in results["opening"]:
        clean, dirty = record["private_clean"] / 2**20, record["private_dirty"] / 2**20
        name = LABELS[record["contender"]] + (", cached" if record["cached"] else "")
        call = f"{record['from_call']:.2f}" if "from_call" in record else ""
        row = [record["model"], name, f"{record['from_start']:.2f}", call, f"{clean + dirty:.0f}", f"{clean:.0f}"]
        rows.append(row)
    header = ["", "contender", "s from start", "s from opening", "private MiB", "of that clean"]
    return f"## Opening\n\n{paragraph(text)}\n\n" + table(header, rows)


def agreement_section(results: dict) -> str:
    text = f"""Before anything is measured, every contender encodes a batch with padding; the valid rows are compared
        with PyTorch in float32. Largest difference, in units of the root mean square: at most
        {LARGEST_DIFFERENCE["float32"]:g} for float32 and {LARGEST_DIFFERENCE["bfloat16"]:g} for bfloat16. Cosine
        similarity: at least {LEAST_COSINE["bfloat16"]:g} for bfloat16 and {LEAST_COSINE["int8"]:g} for int8."""
    rows = [
        [f"{record['model']}, {LABELS[record['contender']]}", f"{record['difference']:.1e}", f"{record['cosine']:.6f}"]
        for record in results["agreement"]
    ]
    return f"## Agreement\n\n{paragraph(text)}\n\n" + table(["", "largest difference", "cosine"], rows)


def settings_section(results: dict) -> str:
    """How the peers were set, and who could not take part."""
    settings = """
        Every peer is set for the least time of one batch, and has a process of its own. PyTorch: transformers'
        model in inference mode, as it is and with `torch.compile`, weights frozen, one program for each shape;
        bfloat16 by converting the model; int8 by dynamic quantization of the linear layers. ONNX Runtime: all
        graph optimizations; int8 by dynamic quantization of the matrix products, with a scale for each channel.
        OpenVINO: latency hint, one stream, compiled for each measured shape alone, which is faster than what a
        service with changing shapes would get; bfloat16 by the precision hint; int8 both by nncf's quantization
        of weights and activations, calibrated on random ids, and by int8 weights with activations quantized as
        they come. Its model masks keys alone: with transformers' mask its bfloat16 program for one shape gives NaN on
        batches with padding. ONNX Runtime has no bfloat16 on x86-64."""
    lines = [
        f"* {model}: {LABELS[name]} could not take part: {reason}"
        for model, missing in results["missing"].items()
        for name, reason in missing.items()
    ]
    return "\n\n".join(["## Settings of the peers", paragraph(settings), *(["\n".join(lines)] if lines else [])])


def reproduction(results: dict, name: str) -> str:
    options = [f"--models {','.join(present(results, 'model'))}"]
    options += [f"--isa {results['isa']}"] if results["isa"] else []
    options += [f"--report-name {name}"] if name != "performance" else []
    return f"## On your machine\n\n```sh\nbenches/peers/run {' '.join(options)}\n```"
