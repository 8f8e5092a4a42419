"""Preparing the networks once: convert in a child process, seal with a manifest, move into place."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from core import clock
from core.errors import DiskFullError, NetworksError
from core.networks.weights import Weights, download_weights, find_weights, sha256_of
from core.paths import PROJECT, Home
from core.records import Progress, ProgressSink, no_progress

FORMAT = 1
NETS = ("pnet", "rnet", "onet", "facenet")
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class NetworkManifest:
    """What was prepared.  files: SHA-256 by file name; model_key: the FaceNet weights."""

    model_key: str
    files: dict[str, str]
    made_at: str
    format: int = FORMAT


def read_manifest(home: Home) -> NetworkManifest:
    """The manifest of the prepared networks.  Raises NetworksError when there is none or it cannot be read."""
    path = home.networks / MANIFEST
    try:
        manifest = NetworkManifest(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise NetworksError("The networks are not prepared yet. Run: app.py setup") from error
    except (OSError, ValueError, TypeError) as error:
        raise NetworksError(
            f"The networks in {home.networks} are damaged. Delete that folder and run: app.py setup"
        ) from error
    if manifest.format != FORMAT:
        raise NetworksError("The networks were prepared by another version of Rollcall. Run: app.py setup")
    return manifest


def networks_ready(home: Home) -> bool:
    """Whether all files are there with the sizes of a finished preparation (contents are checked on loading)."""
    try:
        manifest = read_manifest(home)
    except NetworksError:
        return False
    return all((home.networks / name).is_file() for name in manifest.files)


def prepare_networks(home: Home, *, progress: ProgressSink = no_progress) -> NetworkManifest:
    """Make the networks ready on first use; does nothing when they are.  Raises NetworksError, DiskFullError."""
    home.create()
    if networks_ready(home):
        return read_manifest(home)
    with FileLock(home.models / "prepare.lock"):
        # Another first use may have prepared them while this one waited.
        if networks_ready(home):
            return read_manifest(home)
        return _prepare(home, find_weights(home), progress)


def renew_networks(home: Home, *, download: bool = False, progress: ProgressSink = no_progress) -> NetworkManifest:
    """``setup``: prepare, repair what is damaged, and take better weights that lie here or are to be downloaded."""
    home.create()
    if download:
        download_weights(home, progress)
    weights = find_weights(home)
    if networks_ready(home) and read_manifest(home).model_key == weights.key and not damaged_files(home):
        return read_manifest(home)
    with FileLock(home.models / "prepare.lock"):
        return _prepare(home, weights, progress)


def damaged_files(home: Home) -> list[str]:
    """Names of the prepared files whose contents are not what the manifest sealed."""
    manifest = read_manifest(home)
    return [
        name
        for name, digest in manifest.files.items()
        if not (home.networks / name).is_file() or sha256_of(home.networks / name) != digest
    ]


def _prepare(home: Home, weights: Weights, progress: ProgressSink) -> NetworkManifest:
    progress(Progress(0, None, "converting the networks, about half a minute"))
    try:
        work = Path(tempfile.mkdtemp(prefix="preparing-", dir=home.models))
    except OSError as error:
        raise DiskFullError(
            f"{home.models} cannot be written ({error.strerror}). Make room or allow writing."
        ) from error
    try:
        _convert(home, weights, work)
        names = [f"{net}.{end}" for net in NETS for end in ("xml", "bin")]
        manifest = NetworkManifest(
            weights.key, {name: sha256_of(work / name) for name in names}, clock.now().isoformat()
        )
        (work / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2), encoding="utf-8")
        # A folder cannot be replaced in one step everywhere; without its manifest a half moved one counts as none.
        shutil.rmtree(home.networks, ignore_errors=True)
        work.replace(home.networks)
    except OSError as error:
        raise DiskFullError(
            f"The networks could not be saved to {home.models} ({error.strerror}). Make room there."
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return manifest


def _convert(home: Home, weights: Weights, work: Path) -> None:
    """Run the conversion in a child process: TensorFlow's memory and messages stay out of this one."""
    command = [sys.executable, "-m", "core.networks.convert", "--out", str(work)]
    command += ["--key", weights.key, "--weights", str(weights.path.resolve())]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    log = home.output / "setup.log"
    with log.open("wb") as out:
        code = subprocess.run(command, cwd=work, env=environment, stdout=out, stderr=out, check=False).returncode  # noqa: S603
    if code != 0:
        raise NetworksError(
            f"The networks could not be prepared; what TensorFlow said is in {log}. "
            "Install the packages again (pip install -r requirements.txt), then run: app.py setup"
        )
