"""Loading a prepared network: checked against its seal, compiled once, kept in OpenVINO's cache for the next start."""

from collections.abc import Callable
from pathlib import Path

import openvino
from openvino import CompiledModel, Model
from openvino.preprocess import ColorFormat, PrePostProcessor

from core.errors import NetworksError
from core.networks.prepare import read_manifest
from core.networks.weights import sha256_of
from core.paths import Home


def load_network(home: Home, name: str, *, mean: float, scale: float, floats: bool = False) -> CompiledModel:
    """Compile ``name`` for the processor with ``(n, h, w, 3) uint8 BGR`` input, or float32 of that range.

    Colour order and ``(x - mean) / scale`` are done inside the graph.  Arithmetic is float32 on purpose: left to itself
    OpenVINO takes bfloat16 where the processor has it, and embeddings would differ from computer to computer.
    Raises NetworksError when a file is missing or not what the manifest sealed.
    """
    model = _checked(home, name)
    _take_frames(model, mean, scale, floats)
    core = openvino.Core()
    core.set_property({"CACHE_DIR": str(home.models / "cache")})
    settings = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    try:
        return core.compile_model(model, "CPU", settings)
    except RuntimeError as error:
        raise _damaged(home) from error


def _checked(home: Home, name: str) -> Model:
    manifest = read_manifest(home)
    paths: list[Path] = [home.networks / f"{name}.{end}" for end in ("xml", "bin")]
    for path in paths:
        if not path.is_file() or sha256_of(path) != manifest.files.get(path.name):
            raise _damaged(home)
    try:
        return openvino.Core().read_model(str(paths[0]))
    except RuntimeError as error:
        raise _damaged(home) from error


def _damaged(home: Home) -> NetworksError:
    return NetworksError(f"The networks in {home.networks} are damaged. Prepare them again: app.py setup")


def _take_frames(model: Model, mean: float, scale: float, floats: bool) -> None:
    steps = PrePostProcessor(model)
    frames = steps.input()
    kind = openvino.Type.f32 if floats else openvino.Type.u8
    frames.tensor().set_element_type(kind).set_color_format(ColorFormat.BGR)
    frames.tensor().set_layout(openvino.Layout("NHWC"))
    frames.model().set_layout(openvino.Layout("NHWC"))
    change: Callable[[ColorFormat], object] = frames.preprocess().convert_color
    change(ColorFormat.RGB)
    frames.preprocess().convert_element_type(openvino.Type.f32).mean(mean).scale(scale)
    steps.build()
