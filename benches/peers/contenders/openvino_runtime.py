"""OpenVINO, with its own conversion of the PyTorch model: it cannot compile the ONNX export of this architecture."""

import os
from pathlib import Path

import numpy

from checkpoints import VOCABULARY
from contenders.contender import Contender, Session
from contenders.pytorch import load_model

CALIBRATION_LENGTHS = (16, 32, 48, 64, 128, 128, 256, 512)


def convert(checkpoint: Path):
    """The model as OpenVINO's.

    transformers hides every key from the queries of padding with the lowest float32. In bfloat16 that becomes minus
    infinity, the softmax of such a query NaN, and from the next layer on the valid rows with it. Here a query of
    padding sees the valid keys, which changes no valid row.
    """
    import openvino
    import torch

    class LastHiddenState(torch.nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, input_ids, attention_mask):
            embedded = self.model.embeddings(input_ids, mask=attention_mask)
            keys = attention_mask.unsqueeze(1)
            return self.model.encoder(embedded, keys, output_hidden_states=False).last_hidden_state

    ids = torch.ones((2, 24), dtype=torch.int64)
    example = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    shapes = [(name, [-1, -1], openvino.Type.i64) for name in example]
    return openvino.convert_model(LastHiddenState(load_model(checkpoint)), example_input=example, input=shapes)


def save(model, folder: Path) -> None:
    import openvino

    openvino.save_model(model, folder / "model.xml", compress_to_fp16=False)


def fastest_float() -> str:
    """bfloat16 where the processor computes with it.

    A limit on oneDNN's instructions is not seen by OpenVINO itself, which then fails to compile for bfloat16; on a
    processor without it, it would compute in float32.
    """
    import openvino

    limited = os.environ.get("ONEDNN_MAX_CPU_ISA") == "AVX2"
    capabilities = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return "bf16" if "BF16" in capabilities and not limited else "f32"


class OpenVinoSession(Session):
    def __init__(self, path: Path, settings: dict):
        import openvino

        self.core = openvino.Core()
        self.path = path
        self.settings = settings
        self.request = self.core.compile_model(path, "CPU", settings).create_infer_request()

    def specialize(self, rows: int, length: int) -> None:
        """Compiles for this shape alone, which makes small batches up to a third faster."""
        self.request = None
        model = self.core.read_model(self.path)
        model.reshape({name: [rows, length] for name in ("input_ids", "attention_mask")})
        self.request = self.core.compile_model(model, "CPU", self.settings).create_infer_request()

    def run(self, input_ids: numpy.ndarray, attention_mask: numpy.ndarray) -> numpy.ndarray:
        return self.request.infer({"input_ids": input_ids, "attention_mask": attention_mask}, share_inputs=True)[0]


class OpenVino(Contender):
    """For int8 too, what is not int8 is computed in bfloat16 where there is that: it is faster."""

    @property
    def modules(self) -> tuple[str, ...]:
        return ("openvino",)

    @property
    def family(self) -> str:
        return "OpenVINO"

    @property
    def opens_from_cache(self) -> bool:
        return True

    def settings(self, threads: int) -> dict:
        return {
            "ENABLE_HYPER_THREADING": True,
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "f32" if self.precision == "float32" else fastest_float(),
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
        }

    def prepare(self, checkpoint: Path, folder: Path) -> None:
        save(convert(checkpoint), folder)

    def open(self, checkpoint: Path, folder: Path, threads: int, cached: bool = False) -> Session:
        settings = self.settings(threads)
        if cached:
            settings["CACHE_DIR"] = str(folder / "cache")
        return OpenVinoSession(folder / "model.xml", settings)


class OpenVinoInt8Activations(OpenVino):
    """Weights and activations quantized by nncf, with scales calibrated on random ids."""

    def prepare(self, checkpoint: Path, folder: Path) -> None:
        import nncf

        generator = numpy.random.default_rng(1)

        def sample(length: int) -> dict[str, numpy.ndarray]:
            ids = generator.integers(4, VOCABULARY, (1, length), dtype=numpy.int64)
            return {"input_ids": ids, "attention_mask": numpy.ones_like(ids)}

        samples = nncf.Dataset([sample(length) for length in CALIBRATION_LENGTHS])
        quantized = nncf.quantize(
            convert(checkpoint),
            samples,
            model_type=nncf.ModelType.TRANSFORMER,
            preset=nncf.QuantizationPreset.MIXED,
            subset_size=len(CALIBRATION_LENGTHS),
        )
        save(quantized, folder)


class OpenVinoInt8Weights(OpenVino):
    """int8 weights; activations are quantized as they come."""

    def settings(self, threads: int) -> dict:
        return super().settings(threads) | {"DYNAMIC_QUANTIZATION_GROUP_SIZE": 128}

    def prepare(self, checkpoint: Path, folder: Path) -> None:
        import nncf

        save(nncf.compress_weights(convert(checkpoint), mode=nncf.CompressWeightsMode.INT8_SYM), folder)
