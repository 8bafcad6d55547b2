"""PyTorch: transformers' own model, as it is and compiled."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy

from contenders.contender import Contender, Session


def load_model(folder: Path):
    """transformers' model in the type of its weights."""
    from transformers import DebertaV2Model

    return DebertaV2Model.from_pretrained(folder, attn_implementation="eager", dtype="auto").eval()


def use_threads(threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)


class PyTorchSession(Session):
    def __init__(self, model):
        self.model = model

    def run(self, input_ids: numpy.ndarray, attention_mask: numpy.ndarray) -> numpy.ndarray:
        import torch

        with torch.inference_mode():
            hidden = self.model(input_ids=torch.from_numpy(input_ids), attention_mask=torch.from_numpy(attention_mask))
            return hidden.last_hidden_state.float().numpy()


@dataclass
class PyTorch(Contender):
    compiled: bool = False

    @property
    def modules(self) -> tuple[str, ...]:
        return ("torch", "transformers.models.deberta_v2.modeling_deberta_v2")

    @property
    def family(self) -> str:
        return "PyTorch"

    @property
    def measures_opening(self) -> bool:
        """Compiling takes tens of seconds for each shape: that is no way to open a model."""
        return not self.compiled

    def prepare(self, checkpoint: Path, folder: Path) -> None:
        if self.precision == "bfloat16":
            import torch

            load_model(checkpoint).to(torch.bfloat16).save_pretrained(folder)

    def open(self, checkpoint: Path, folder: Path, threads: int, cached: bool = False) -> Session:
        import torch

        use_threads(threads)
        model = load_model(folder if self.precision == "bfloat16" else checkpoint)
        if self.compiled:
            from torch._inductor import config

            # Frozen weights are packed for the matrix product once; one program for each shape is the fastest.
            config.freezing = True
            if os.environ.get("ATEN_CPU_CAPABILITY") == "avx2":
                config.cpp.simdlen = 256
            torch._dynamo.config.recompile_limit = 64
            model = torch.compile(model, dynamic=False)
        return PyTorchSession(model)

    def environment(self, threads: int, isa: str | None) -> dict[str, str]:
        # The compiler's own processes would stay, and take time from whoever is measured next.
        return super().environment(threads, isa) | {"TORCHINDUCTOR_COMPILE_THREADS": "1"}


class PyTorchInt8(PyTorch):
    """Dynamic quantization of the linear layers: int8 weights, and activations quantized as they come."""

    def prepare(self, checkpoint: Path, folder: Path) -> None:
        import torch

        quantized = torch.ao.quantization.quantize_dynamic(
            load_model(checkpoint), {torch.nn.Linear}, dtype=torch.qint8
        )
        torch.save(quantized, folder / "model.pt")

    def open(self, checkpoint: Path, folder: Path, threads: int, cached: bool = False) -> Session:
        import torch

        use_threads(threads)
        return PyTorchSession(torch.load(folder / "model.pt", weights_only=False))
