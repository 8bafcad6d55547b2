"""The benchmark against peers: checks that all contenders agree, measures them in turns, and writes the report.

Use it through benches/peers/run, which makes the Python environment and builds the command line.
"""

import argparse
import json
import os
from datetime import date
from pathlib import Path

import tasks
from agreement import check_agreement
from checkpoints import MODELS, ensure_checkpoint
from contenders import PEERS
from machine import describe_machine
from measure import measure
from opening import measure_opening
from report import write_report


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benches/peers/run", description=__doc__)

    def names(text: str) -> list[str]:
        return text.split(",")

    parser.add_argument("--repository", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help="folder of the environment, checkpoints and exports: target/peers")
    parser.add_argument("--venv", help="an existing Python environment; or set PEERS_VENV")
    parser.add_argument("--deberta", type=Path, help="command line to measure, instead of building it")
    parser.add_argument("--models", type=names, default=["xsmall", "base"], help=f"some of {','.join(MODELS)}")
    parser.add_argument("--shapes", type=names, default=["1x16", "1x128", "1x512", "8x128"])
    parser.add_argument("--threads", type=names, default=["1", "2"])
    parser.add_argument("--without", type=names, default=[], help="peers to leave out, by the names of the output")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contender")
    parser.add_argument("--repeat", type=int, default=5, help="measured runs of each turn")
    parser.add_argument("--isa", choices=["avx2", "avx512"], help="keep ours, and peers that can be, to this level")
    parser.add_argument("--tasks", action="store_true", help="measure tasks instead: performance-tasks.md")
    parser.add_argument("--report", type=Path, help="folder of the report: docs")
    parser.add_argument("--report-name", default="performance", help="name of its files, without extension")
    parser.add_argument("--from-json", type=Path, help="make the report of these raw results, without measuring")
    arguments = parser.parse_args()
    if unknown := set(arguments.models) - set(MODELS):
        parser.error(f"no such model: {', '.join(sorted(unknown))}")
    arguments.deberta = arguments.deberta or arguments.repository / "target" / "release" / "deberta"
    arguments.report = arguments.report or arguments.repository / "docs"
    return arguments


def take_results(arguments: argparse.Namespace) -> dict:
    """Measures everything; the raw results are saved after each step."""
    threads = [int(count) for count in arguments.threads]
    program = arguments.deberta.resolve()
    shared = (arguments.work, program)
    results: dict = {
        "date": str(date.today()),
        "machine": describe_machine(),
        "isa": arguments.isa,
        "rounds": arguments.rounds,
        "repeat": arguments.repeat,
        "agreement": [],
        "missing": {},
        "opening": [],
        "timings": [],
    }
    if (load := os.getloadavg()[0]) > 0.5:
        print(f"warning: the machine is busy (load {load:.1f}); what is measured now means little", flush=True)
    raw = arguments.work / f"{arguments.report_name}.json"

    def save() -> None:
        raw.write_text(json.dumps(results, indent=1))

    checkpoints = [ensure_checkpoint(arguments.work, model) for model in arguments.models]
    for checkpoint in checkpoints:
        agreement, missing = check_agreement(
            checkpoint, *shared, max(threads), arguments.isa, arguments.without
        )
        results["agreement"] += agreement
        results["missing"][checkpoint.name] = missing
        save()
    for checkpoint in checkpoints:
        missing = results["missing"][checkpoint.name]
        results["opening"] += measure_opening(checkpoint, *shared, max(threads), arguments.isa, missing)
        save()
    for checkpoint in checkpoints:
        missing = results["missing"][checkpoint.name]
        for count in threads:
            results["timings"] += measure(
                checkpoint,
                *shared,
                count,
                arguments.isa,
                missing,
                arguments.shapes,
                arguments.rounds,
                arguments.repeat,
            )
            save()
    print(f"raw results of {len(PEERS)} peers: {raw}")
    return results


def main() -> None:
    arguments = parse_arguments()
    if arguments.tasks:
        print(tasks.run(arguments))
        return
    if arguments.from_json:
        results = json.loads(arguments.from_json.read_text())
    else:
        results = take_results(arguments)
    for path in write_report(results, arguments.report, arguments.report_name):
        print(path)


if __name__ == "__main__":
    main()
