"""The detectors by name: how each is loaded, and whether it can be used on this computer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.errors import NetworksError
from core.networks.prepare import damage_sentence, networks_ready, read_manifest
from core.paths import Home
from core.settings import DetectorName
from core.vision.detector import Detector
from core.vision.mtcnn import MtcnnDetector
from core.vision.yunet import YunetDetector, find_file


@dataclass(frozen=True, slots=True)
class _Kind:
    """load: home, least face -> detector; look: raises NetworksError when its file is missing or another."""

    load: Callable[[Home, int], Detector]
    look: Callable[[Home], object]


def _look_at_networks(home: Home) -> None:
    read_manifest(home)
    if not networks_ready(home):
        raise NetworksError(damage_sentence(home))


DETECTORS: Mapping[DetectorName, _Kind] = {
    "mtcnn": _Kind(MtcnnDetector.load, _look_at_networks),
    "yunet": _Kind(YunetDetector.load, find_file),
}
"""A new detector is a file of its own and one more entry here; the contract test then runs over it."""


def load_detector(home: Home, name: DetectorName, min_face_px: int) -> Detector:
    """The detector of this name.  Raises NetworksError saying what is missing and where to put it."""
    return DETECTORS[name].load(home, min_face_px)


def detector_problem(home: Home, name: DetectorName) -> str | None:
    """Why this detector cannot be used, in a sentence; None when it can.  Nothing is loaded."""
    try:
        DETECTORS[name].look(home)
    except NetworksError as error:
        return str(error)
    return None
