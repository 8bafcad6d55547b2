"""ONNX Runtime, with the graph that PyTorch exports. It has no bfloat16 on x86-64 processors."""

from pathlib import Path

import numpy

from contenders.contender import Contender, Session
from contenders.pytorch import load_model

NAMES = ("input_ids", "attention_mask", "last_hidden_state")


def export_onnx(checkpoint: Path, path: Path) -> None:
    import torch

    ids = torch.ones((2, 24), dtype=torch.int64)
    torch.onnx.export(
        load_model(checkpoint),
        (ids, torch.ones_like(ids)),
        path,
        input_names=NAMES[:2],
        output_names=NAMES[2:],
        dynamic_axes={name: {0: "rows", 1: "length"} for name in NAMES},
        dynamo=False,
    )


class OnnxRuntimeSession(Session):
    def __init__(self, session):
        self.session = session

    def run(self, input_ids: numpy.ndarray, attention_mask: numpy.ndarray) -> numpy.ndarray:
        return self.session.run(None, {"input_ids": input_ids, "attention_mask": attention_mask})[0]


class OnnxRuntime(Contender):
    @property
    def modules(self) -> tuple[str, ...]:
        return ("onnxruntime",)

    @property
    def family(self) -> str:
        return "ONNX Runtime"

    @property
    def opens_from_cache(self) -> bool:
        return True

    def prepare(self, checkpoint: Path, folder: Path) -> None:
        export_onnx(checkpoint, folder / "model.onnx")

    def open(self, checkpoint: Path, folder: Path, threads: int, cached: bool = False) -> Session:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        optimized = folder / "optimized.onnx"
        path = folder / "model.onnx"
        levels = onnxruntime.GraphOptimizationLevel
        options.graph_optimization_level = levels.ORT_ENABLE_ALL
        if cached and optimized.exists():
            path = optimized
            options.graph_optimization_level = levels.ORT_DISABLE_ALL
        elif cached:
            options.optimized_model_filepath = str(optimized)
        return OnnxRuntimeSession(onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]))


class OnnxRuntimeInt8(OnnxRuntime):
    """Dynamic quantization of the matrix products; the table of word embeddings stays as it is."""

    def prepare(self, checkpoint: Path, folder: Path) -> None:
        from onnxruntime.quantization import QuantType, quantize_dynamic

        exported = folder / "float32.onnx"
        export_onnx(checkpoint, exported)
        quantize_dynamic(
            exported,
            folder / "model.onnx",
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            weight_type=QuantType.QInt8,
        )
        exported.unlink()
