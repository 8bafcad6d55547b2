"""Nothing is measured before all contenders have computed the same: on a batch with padding, on its valid rows."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy

from contenders import OURS, PEERS
from contenders.libdeberta import CommandLine
from inputs import padded_inputs, write_inputs
from worker_process import Unavailable, WorkerProcess

# float32: largest difference, in units of the root mean square of the wanted values. bfloat16 has 8 bits of mantissa,
# and its errors grow over the layers. Of int8 only the direction is compared.
LARGEST_DIFFERENCE = {"float32": 1e-4, "bfloat16": 0.25}
LEAST_COSINE = {"float32": 0.99999, "bfloat16": 0.999, "int8": 0.995}


@dataclass
class Agreement:
    model: str
    contender: str
    precision: str
    difference: float
    cosine: float

    @property
    def holds(self) -> bool:
        largest = LARGEST_DIFFERENCE.get(self.precision, numpy.inf)
        return self.difference <= largest and self.cosine >= LEAST_COSINE[self.precision]

    def __str__(self) -> str:
        verdict = "agrees" if self.holds else "DISAGREES"
        return (
            f"{self.model:>7} {self.contender:<26} largest difference {self.difference:.1e}, "
            f"cosine {self.cosine:.6f}: {verdict}"
        )


def compare(model: str, contender: str, precision: str, values: numpy.ndarray, wanted: numpy.ndarray) -> Agreement:
    root_mean_square = float(numpy.sqrt(numpy.mean(numpy.square(wanted))))
    difference = float(numpy.abs(values - wanted).max()) / root_mean_square
    cosine = float(numpy.vdot(values, wanted) / (numpy.linalg.norm(values) * numpy.linalg.norm(wanted)))
    return Agreement(model, contender, precision, difference, cosine)


def check_agreement(
    checkpoint: Path, work: Path, program: Path, threads: int, isa: str | None, without: list[str]
) -> tuple[list[dict], dict[str, str]]:
    """How each contender compares with PyTorch in float32; and who cannot take part, with the reason.

    This also makes the exports. One contender at a time: their memory adds up otherwise.
    """
    model = checkpoint.name
    inputs = padded_inputs()
    valid = inputs["attention_mask"].astype(bool)
    given = write_inputs(inputs, work / "agreement" / "inputs.safetensors")
    output = given.with_name("outputs.safetensors")
    missing = dict.fromkeys(without, "left out by --without")
    agreements: list[Agreement] = []
    wanted: numpy.ndarray | None = None

    def note(contender, values: numpy.ndarray) -> None:
        nonlocal wanted
        values = values[valid].astype(numpy.float64)
        if wanted is None:
            wanted = values
        agreements.append(compare(model, contender.name, contender.precision, values, wanted))
        print(agreements[-1], flush=True)

    for contender in PEERS:
        if contender.name in missing:
            continue
        try:
            with WorkerProcess(contender, checkpoint, work, threads, isa) as worker:
                worker.prepare()
                worker.open()
                note(contender, worker.outputs(given, output))
        except Unavailable as reason:
            if wanted is None:
                raise SystemExit(f"{contender.name}, which the others are compared with, fails: {reason}") from None
            missing[contender.name] = str(reason)
            print(f"{model:>7} {contender.name:<26} cannot take part: {reason}", flush=True)
    for ours in OURS:
        note(ours, CommandLine(program, checkpoint, ours.setting, threads, isa).outputs(given, output))

    wrong = [str(agreement) for agreement in agreements if not agreement.holds]
    if wrong:
        raise SystemExit("the contenders do not compute the same:\n" + "\n".join(wrong))
    return [asdict(agreement) for agreement in agreements], missing
