"""The two networks that every job needs, loaded together."""

from dataclasses import dataclass

from core.networks.prepare import prepare_networks
from core.paths import Home
from core.records import ProgressSink, no_progress
from core.vision.detector import Detector
from core.vision.embedder import Embedder
from core.vision.mtcnn import MtcnnDetector


@dataclass(frozen=True, slots=True)
class Engine:
    """Detection and embedding; one worker uses it at a time."""

    detector: Detector
    embedder: Embedder

    @property
    def model_key(self) -> str:
        """The weights that make the embeddings."""
        return self.embedder.model_key


def load_engine(home: Home, min_face_px: int, progress: ProgressSink = no_progress) -> Engine:
    """Load the networks of ``home``, preparing them first if nobody has.  Raises NetworksError."""
    prepare_networks(home, progress=progress)
    return Engine(MtcnnDetector.load(home, min_face_px=min_face_px), Embedder.load(home))
