"""Loading a prepared network: checked against its seal, then compiled.

OpenVINO's own cache of compiled networks is not used: it saves a tenth of a second, and nothing checks what lies in it
(a damaged one gives other embeddings without a word).
"""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openvino
from openvino import CompiledModel, Model
from openvino.preprocess import ColorFormat, PrePostProcessor

from core.errors import NetworksError
from core.networks.prepare import damage_sentence, read_manifest
from core.networks.weights import sha256_of
from core.paths import Home
from core.records import Floats

WORKERS = max(1, min(4, os.cpu_count() or 1))
"""Threads that run networks at once.  Each run uses one thread: on small pictures two runs side by side are a third
faster than one after the other with two threads each.  More than four would only take memory."""


# OpenVINO's binding looks up numpy when it is first needed, and two threads that do so at the same moment wait for each
# other for ever.  So it is done here, where there is only one.
openvino.Type.f32.to_dtype()
openvino.Tensor(np.zeros(1, np.float32), shared_memory=True)


class Network:
    """A network ready to run, from any thread; each thread has its own buffers.

    Compiled when it is first asked, because most commands use only some of them.
    """

    def __init__(self, home: Home, model: Model, precision: str) -> None:
        self._home, self._model, self._precision = home, model, precision
        self._compiled: CompiledModel | None = None
        self._lock = threading.Lock()
        self._own = threading.local()

    def __call__(self, batch: np.ndarray) -> list[Floats]:
        """Outputs for one batch, as the network names them; they are copies and stay what they are.

        Raises NetworksError where the network cannot be compiled.
        """
        request = getattr(self._own, "request", None)
        if request is None:
            request = self._own.request = self._ready().create_infer_request()
        return list(request.infer([batch], share_inputs=True).values())

    def _ready(self) -> CompiledModel:
        with self._lock:
            if self._compiled is None:
                settings = {
                    "INFERENCE_PRECISION_HINT": self._precision,
                    "NUM_STREAMS": str(WORKERS),
                    "INFERENCE_NUM_THREADS": str(WORKERS),
                }
                try:
                    self._compiled = openvino.Core().compile_model(self._model, "CPU", settings)
                except RuntimeError as error:
                    raise NetworksError(damage_sentence(self._home)) from error
            return self._compiled


def load_network(
    home: Home, name: str, *, mean: float, scale: float, floats: bool = False, precision: str = "f32"
) -> Network:
    """Make ``name`` ready for the processor with ``(n, h, w, 3) BGR`` input: uint8, or float32 of the same 0-255 range.

    Colour order and ``(x - mean) / scale`` are done inside the graph.  precision: ``f32`` on purpose, ``bf16`` where it
    may be; left to itself OpenVINO takes bfloat16 where the processor has it, and stored embeddings would differ from
    computer to computer.  Raises NetworksError when a file is missing or not what the manifest sealed.
    """
    model = _checked(openvino.Core(), home, name)
    _take_frames(model, mean, scale, floats)
    return Network(home, model, precision)


def load_plain(path: Path, output: str) -> Callable[[Floats], Floats]:
    """A small network as its package brings it, checked by who calls: takes a batch, gives that output as a copy.

    Raises NetworksError when OpenVINO cannot read it.
    """
    try:
        compiled = openvino.Core().compile_model(str(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    except RuntimeError as error:
        raise NetworksError(f"{path.name} cannot be read. Install requirements.txt again.") from error
    return lambda batch: np.array(compiled.create_infer_request().infer([batch])[output])


def quick_precision() -> str:
    """``bf16`` where the processor computes in it, which is twice as fast there; else ``f32``."""
    return "bf16" if "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"


def _checked(core: openvino.Core, home: Home, name: str) -> Model:
    manifest = read_manifest(home)
    paths: list[Path] = [home.networks / f"{name}.{end}" for end in ("xml", "bin")]
    for path in paths:
        if not path.is_file() or sha256_of(path) != manifest.files[path.name]:
            raise NetworksError(damage_sentence(home))
    try:
        return core.read_model(str(paths[0]))
    except RuntimeError as error:
        raise NetworksError(damage_sentence(home)) from error


def _take_frames(model: Model, mean: float, scale: float, floats: bool) -> None:
    steps = PrePostProcessor(model)
    frames = steps.input()
    frames.tensor().set_element_type(openvino.Type.f32 if floats else openvino.Type.u8)
    frames.tensor().set_color_format(ColorFormat.BGR)
    frames.tensor().set_layout(openvino.Layout("NHWC"))
    frames.model().set_layout(openvino.Layout("NHWC"))
    change: Callable[[ColorFormat], object] = frames.preprocess().convert_color
    change(ColorFormat.RGB)
    frames.preprocess().convert_element_type(openvino.Type.f32).mean(mean).scale(scale)
    steps.build()
