"""The two networks that every job needs, loaded together."""

import copy
from dataclasses import dataclass, replace

from core.memory import give_back_pictures
from core.networks.prepare import prepare_networks
from core.paths import Home
from core.records import ProgressSink, no_progress
from core.settings import DetectorName
from core.vision.detector import Detector
from core.vision.detectors import load_detector
from core.vision.embedder import Embedder


@dataclass(frozen=True, slots=True)
class Engine:
    """Detection and embedding; any number of threads may use one."""

    detector: Detector
    embedder: Embedder

    @property
    def model_key(self) -> str:
        """The weights that make the embeddings."""
        return self.embedder.model_key

    def searching_from(self, min_face_px: int) -> "Engine":
        """The same networks with another smallest face."""
        detector = copy.copy(self.detector)
        detector.min_face_px = min_face_px
        return replace(self, detector=detector)


def load_engine(
    home: Home, min_face_px: int, progress: ProgressSink = no_progress, detector: DetectorName = "mtcnn"
) -> Engine:
    """Load the networks of ``home``, preparing them first if nobody has.  Raises NetworksError."""
    give_back_pictures()
    prepare_networks(home, progress=progress)
    return Engine(load_detector(home, detector, min_face_px), Embedder.load(home))
