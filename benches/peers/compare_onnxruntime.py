"""Times `deberta bench` beside ONNX Runtime float32, on the same random weights, in alternation.

    python benches/peers/compare_onnxruntime.py --work FOLDER --report docs

Writes the checkpoint and its ONNX export to --work once, checks that both give the same numbers, then alternates
between the two contenders, shape by shape, and prints medians, minima and the ratio of the medians. With --report it
also writes performance.md and performance.svg.
"""

import argparse
import json
import statistics
import subprocess
import time
from pathlib import Path

import numpy
import onnxruntime
import torch
from safetensors.numpy import load_file, save_file
from transformers import DebertaV2Config, DebertaV2Model

from report import Result, write_report

SHAPES = {
    "xsmall": {"hidden_size": 384, "num_hidden_layers": 12, "num_attention_heads": 6, "intermediate_size": 1536},
    "base": {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072},
}


def make_checkpoint(folder: Path, preset: str) -> DebertaV2Model:
    torch.manual_seed(0)
    config = DebertaV2Config(
        vocab_size=128100,
        relative_attention=True,
        position_buckets=256,
        max_relative_positions=-1,
        pos_att_type=["p2c", "c2p"],
        share_att_key=True,
        norm_rel_ebd="layer_norm",
        position_biased_input=False,
        type_vocab_size=0,
        attn_implementation="eager",
        **SHAPES[preset],
    )
    model = DebertaV2Model(config).eval()
    if not (folder / "model.safetensors").exists():
        model.save_pretrained(folder)
    return DebertaV2Model.from_pretrained(folder, attn_implementation="eager").eval()


def export(model: DebertaV2Model, path: Path) -> None:
    ids = torch.ones((2, 24), dtype=torch.int64)
    torch.onnx.export(
        model,
        (ids, torch.ones_like(ids)),
        path,
        input_names=["input_ids", "attention_mask"],
        output_names=["last_hidden_state"],
        dynamic_axes={name: {0: "rows", 1: "length"} for name in ("input_ids", "attention_mask", "last_hidden_state")},
        dynamo=False,
    )


def session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def time_deberta(arguments: argparse.Namespace, folder: Path, shape: str) -> list[float]:
    command = [arguments.deberta, "bench", "--model", folder, "--shapes", shape, "--json"]
    command += ["--threads", str(arguments.threads), "--repeat", str(arguments.repeat)]
    if arguments.isa:
        command += ["--isa", arguments.isa]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return report["shapes"][0]["milliseconds"]


def time_onnxruntime(arguments: argparse.Namespace, peer: onnxruntime.InferenceSession, inputs: dict) -> list[float]:
    peer.run(None, inputs)
    times = []
    for _ in range(arguments.repeat):
        start = time.perf_counter()
        peer.run(None, inputs)
        times.append(1e3 * (time.perf_counter() - start))
    return times


def check_agreement(arguments: argparse.Namespace, folder: Path, peer: onnxruntime.InferenceSession) -> None:
    inputs = random_inputs(3, 50)
    inputs["attention_mask"][1, 30:] = 0
    given, wanted = arguments.work / "inputs.safetensors", arguments.work / "outputs.safetensors"
    save_file(inputs, given)
    command = [arguments.deberta, "encode", "--model", folder, "--tensors", given, "--output", wanted]
    subprocess.run(command, check=True, capture_output=True)
    ours = load_file(wanted)["last_hidden_state"]
    theirs = peer.run(None, inputs)[0]
    valid = inputs["attention_mask"].astype(bool)
    difference = numpy.abs(ours - theirs)[valid].max()
    print(f"largest difference on valid rows: {difference:.2e}")
    assert difference < 1e-4, "the contenders do not compute the same"


def random_inputs(rows: int, length: int) -> dict[str, numpy.ndarray]:
    ids = numpy.random.default_rng(0).integers(4, 128000, (rows, length), dtype=numpy.int64)
    return {"input_ids": ids, "attention_mask": numpy.ones_like(ids)}


def processor_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown processor"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deberta", type=Path, default=Path("target/release/deberta"))
    parser.add_argument("--preset", choices=SHAPES, default="base")
    parser.add_argument("--shapes", default="1x16,1x128,1x512,8x128")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--isa", default=None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--report", type=Path, help="folder for performance.md and performance.svg")
    parser.add_argument("--work", type=Path, required=True, help="folder for the checkpoint and the export")
    arguments = parser.parse_args()

    folder = arguments.work / arguments.preset
    folder.mkdir(parents=True, exist_ok=True)
    exported = folder / "model.onnx"
    if not exported.exists():
        export(make_checkpoint(folder, arguments.preset), exported)
    peer = session(exported, arguments.threads)
    check_agreement(arguments, folder, peer)

    print(f"{'shape':>8} {'deberta ms':>12} {'(min)':>9} {'onnxruntime ms':>15} {'(min)':>9} {'speed-up':>9} {'(min)':>7}")
    results = []
    for shape in arguments.shapes.split(","):
        rows, length = map(int, shape.split("x"))
        ours: list[float] = []
        theirs: list[float] = []
        for _ in range(arguments.rounds):
            ours += time_deberta(arguments, folder, shape)
            theirs += time_onnxruntime(arguments, peer, random_inputs(rows, length))
        our_median, their_median = statistics.median(ours), statistics.median(theirs)
        print(
            f"{shape:>8} {our_median:12.1f} {min(ours):9.1f} {their_median:15.1f} {min(theirs):9.1f}"
            f" {their_median / our_median:8.2f}x {min(theirs) / min(ours):6.2f}x"
        )
        results.append(Result(shape, our_median, their_median))
    if arguments.report:
        environment = f"{processor_name()}, {arguments.threads} threads, {arguments.preset} shape, random weights"
        write_report(arguments.report, results, environment, onnxruntime.__version__)


if __name__ == "__main__":
    main()
