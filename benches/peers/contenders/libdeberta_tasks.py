"""libdeberta's tasks through the C functions, as any program would call them."""

import ctypes
import json
import shutil
import time
from ctypes import POINTER, byref, c_char_p, c_float, c_int32, c_size_t, c_uint32, c_uint64, c_void_p
from pathlib import Path

import numpy

from checkpoints import MODELS, VOCABULARY

PRECISION_NUMBERS = {"highest": 0, "high": 1, "medium": 2, "int8": 3}
LABELS = {
    "zero_shot": ["entailment", "neutral", "contradiction"],
    "rank": ["relevance"],
    "tag": ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC"],
}
BATCH_TOKENS = 4096


def write_folder(folder: Path, model: str, head: str, tokenizer: Path) -> Path:
    """A folder without weights, for random ones."""
    folder.mkdir(parents=True, exist_ok=True)
    kind = "TokenClassification" if head == "tag" else "SequenceClassification"
    config = MODELS[model] | {
        "model_type": "deberta-v2",
        "architectures": [f"DebertaV2For{kind}"],
        "vocab_size": VOCABULARY,
        "relative_attention": True,
        "position_buckets": 256,
        "pos_att_type": ["p2c", "c2p"],
        "share_att_key": True,
        "norm_rel_ebd": "layer_norm",
        "position_biased_input": False,
        "type_vocab_size": 0,
        "max_position_embeddings": 512,
        "id2label": dict(enumerate(LABELS[head])),
    }
    (folder / "config.json").write_text(json.dumps(config))
    shutil.copy(tokenizer / "tokenizer.json", folder)
    return folder


class Text(ctypes.Structure):
    _fields_ = [("text", c_char_p), ("text_length", c_size_t), ("pair", c_char_p), ("pair_length", c_size_t)]

    @classmethod
    def array(cls, texts: list[str]):
        encoded = [text.encode() for text in texts]
        return (cls * len(texts))(*(cls(text, len(text), None, 0) for text in encoded))


class OpenOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_size_t), ("precision", c_int32), ("instruction_set", c_int32), ("load_mode", c_int32),
        ("threads", c_uint32), ("tensor_prefix", c_char_p), ("tensor_prefix_length", c_size_t),
        ("packed_cache_directory", c_char_p), ("random_weights", c_int32), ("tokenizer_mode", c_int32),
        ("random_seed", c_uint64), ("open_callback", c_void_p), ("open_callback_data", c_void_p),
    ]  # fmt: skip


class TokenizeOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_size_t), ("max_length", c_size_t), ("truncation", c_int32), ("omit_special_tokens", c_int32),
        ("windows", c_int32), ("reserved", c_int32), ("stride", c_size_t),
    ]  # fmt: skip


class TaskOptions(ctypes.Structure):
    """What the options of all tasks begin with; what follows are defaults."""

    _fields_ = [("struct_size", c_size_t), ("tokenize", POINTER(TokenizeOptions)), ("run", c_void_p)]


class Library:
    def __init__(self, path: Path):
        self.functions = ctypes.CDLL(str(path))
        self.functions.deberta_error_message.restype = Text
        self.functions.deberta_error_message.argtypes = [c_void_p]

    def call(self, function: str, *arguments) -> None:
        error = c_void_p()
        if status := getattr(self.functions, function)(*arguments, byref(error)):
            message = self.functions.deberta_error_message(error)
            raise RuntimeError(f"{function}: status {status}: {message.text!r}")

    def free(self, function: str, handle: c_void_p) -> None:
        getattr(self.functions, function)(handle)

    def open(self, folder: Path, setting: str, threads: int) -> "OpenModel":
        options = OpenOptions(struct_size=ctypes.sizeof(OpenOptions), precision=PRECISION_NUMBERS[setting])
        options.threads, options.random_weights = threads, 1
        model = c_void_p()
        self.call("deberta_model_open", str(folder).encode(), byref(options), byref(model))
        return OpenModel(self, model)


class OpenModel:
    def __init__(self, library: Library, model: c_void_p):
        self.library = library
        self.model = model

    def close(self) -> None:
        self.library.free("deberta_model_free", self.model)

    def perform(self, task: str, arguments: dict) -> float:
        """Seconds of the whole task; the answers are checked to be there."""
        return getattr(self, task)(**arguments)

    def zero_shot(self, text: str, labels: list[str]) -> float:
        texts, names = Text.array([text]), Text.array(labels)
        parameters = (texts, c_size_t(1), names, c_size_t(len(labels)), None)
        return self.timed("deberta_model_zero_shot", parameters, "deberta_classifications_free")

    def rank(self, query: str, documents: list[str]) -> float:
        query_bytes, texts = query.encode(), Text.array(documents)
        parameters = (query_bytes, c_size_t(len(query_bytes)), texts, c_size_t(len(documents)), None)
        return self.timed("deberta_model_rank", parameters, "deberta_ranking_free")

    def tag(self, text: str, window: int, stride: int) -> float:
        tokenize = TokenizeOptions(struct_size=ctypes.sizeof(TokenizeOptions), max_length=window)
        tokenize.windows, tokenize.stride = 1, stride
        options = TaskOptions(ctypes.sizeof(TaskOptions), ctypes.pointer(tokenize), None)
        parameters = (Text.array([text]), c_size_t(1), byref(options))
        return self.timed("deberta_model_tag", parameters, "deberta_tagged_free")

    def timed(self, function: str, parameters: tuple, free: str) -> float:
        result = c_void_p()
        start = time.perf_counter()
        self.library.call(function, self.model, *parameters, byref(result))
        seconds = time.perf_counter() - start
        assert result.value
        self.library.free(free, result)
        return seconds

    def encode(self, rows: list[list[int]]) -> float:
        """Seconds to encode the same rows in the same batches."""
        seconds = 0.0
        for batch in batches(rows):
            ids = numpy.concatenate([numpy.array(row, numpy.uint32) for row in batch])
            offsets = numpy.concatenate([[0], numpy.cumsum([len(row) for row in batch])]).astype(numpy.uintp)
            values = numpy.empty((len(ids), 1024), numpy.float32)
            pointers = (ids.ctypes.data_as(c_void_p), None, c_size_t(len(ids)), offsets.ctypes.data_as(c_void_p))
            buffer = (values.ctypes.data_as(c_void_p), c_size_t(values.size), None)
            start = time.perf_counter()
            self.library.call("deberta_model_encode_ids_into", self.model, *pointers, c_size_t(len(batch)), None, *buffer)
            seconds += time.perf_counter() - start
        return seconds


def batches(rows: list[list[int]]) -> list[list[list[int]]]:
    """The batches that the library makes itself."""
    made: list[list[list[int]]] = []
    tokens = BATCH_TOKENS + 1
    for row in sorted(rows, key=len, reverse=True):
        if tokens + len(row) > BATCH_TOKENS:
            made.append([])
            tokens = 0
        made[-1].append(row)
        tokens += len(row)
    return made
