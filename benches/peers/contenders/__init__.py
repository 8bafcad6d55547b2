"""All that is measured. Importing this loads no framework: each contender loads its own, in its own process."""

from contenders.contender import Contender, Session
from contenders.libdeberta import PRECISIONS, Libdeberta
from contenders.onnx_runtime import OnnxRuntime, OnnxRuntimeInt8
from contenders.openvino_runtime import OpenVino, OpenVinoInt8Activations, OpenVinoInt8Weights
from contenders.pytorch import PyTorch, PyTorchInt8

PEERS: list[Contender] = [
    PyTorch("pytorch", "PyTorch", "float32"),
    PyTorch("pytorch-compile", "PyTorch, torch.compile", "float32", compiled=True),
    OnnxRuntime("onnxruntime", "ONNX Runtime", "float32"),
    OpenVino("openvino", "OpenVINO", "float32"),
    PyTorch("pytorch-bfloat16", "PyTorch bfloat16", "bfloat16"),
    PyTorch("pytorch-compile-bfloat16", "PyTorch bfloat16, torch.compile", "bfloat16", compiled=True),
    OpenVino("openvino-bfloat16", "OpenVINO bfloat16", "bfloat16"),
    PyTorchInt8("pytorch-int8", "PyTorch int8 (dynamic)", "int8"),
    OnnxRuntimeInt8("onnxruntime-int8", "ONNX Runtime int8 (dynamic)", "int8"),
    OpenVinoInt8Activations("openvino-int8", "OpenVINO int8 (nncf)", "int8"),
    OpenVinoInt8Weights("openvino-int8-dynamic", "OpenVINO int8 (dynamic)", "int8"),
]

OURS = [Libdeberta(precision) for precision in PRECISIONS]

__all__ = ["OURS", "PEERS", "Contender", "Libdeberta", "Session"]
