"""What is installed and ready on this computer, one finding a line."""

import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from core import clock
from core.errors import RollcallError
from core.networks.prepare import networks_ready, read_manifest
from core.networks.weights import VGGFACE2_KEY
from core.paths import Home
from core.settings import load_settings
from core.store import people
from core.store.database import open_store
from core.vision.cameras import describe_cameras
from core.vision.detectors import DETECTORS, detector_problem

PACKAGES = ("opencv-python", "openvino", "scikit-learn", "numpy", "xlsxwriter", "pillow", "sqlalchemy", "tensorflow")
ENOUGH_DISK_MB = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: ``ok``, or ``text`` says what to do."""

    subject: str
    ok: bool
    text: str


def examine(home: Home) -> list[Finding]:
    """Look at everything; a part that fails is a finding, never an exception."""
    checks: tuple[Callable[[Home], Iterator[Finding]], ...] = (
        _python, _packages, _window, _networks, _detectors, _settings, _database, _cameras, _disk,
    )  # fmt: skip
    findings: list[Finding] = []
    for check in checks:
        try:
            findings += check(home)
        except RollcallError as error:
            findings.append(Finding(check.__name__.strip("_"), False, str(error)))
    return findings


def _python(_: Home) -> Iterator[Finding]:
    yield Finding("python", True, f"{platform.python_version()} on {platform.system()} {platform.machine()}")


def _packages(_: Home) -> Iterator[Finding]:
    for name in PACKAGES:
        try:
            yield Finding(name, True, version(name))
        except PackageNotFoundError:
            yield Finding(name, False, "is not installed. Run: pip install -r requirements.txt")


def _window(_: Home) -> Iterator[Finding]:
    # Only a hint: nothing on the command line needs a window.
    has_tk = find_spec("tkinter") is not None
    yield Finding("window", True, "Tk is installed" if has_tk else "no Tk; the command line works without it")


def _networks(home: Home) -> Iterator[Finding]:
    if not networks_ready(home):
        yield Finding("networks", False, "are not prepared yet. Run: app.py setup")
        return
    key = read_manifest(home).model_key
    better = "" if key == VGGFACE2_KEY else f"; more accurate weights ({VGGFACE2_KEY}): app.py setup --download"
    yield Finding("networks", True, f"FaceNet weights {key}{better}")


def _detectors(home: Home) -> Iterator[Finding]:
    chosen = load_settings(home).detector
    for name in DETECTORS:
        problem = detector_problem(home, name)
        ready = "can be used, and is chosen in the settings" if name == chosen else "can be used"
        # One that nobody chose may be missing; what could be done about it is told all the same.
        yield Finding(f"detector {name}", problem is None or name != chosen, problem or ready)


def _settings(home: Home) -> Iterator[Finding]:
    settings = load_settings(home)
    now = clock.local(clock.now(), clock.school_zone(settings))
    yield Finding("time", True, f"{now:%Y-%m-%d %H:%M} {now.tzname()}")


def _database(home: Home) -> Iterator[Finding]:
    if not home.database.exists():
        yield Finding("database", True, f"none yet; it will be made at {home.database}")
        return
    with open_store(home) as store, store.read() as db:
        text = f"{len(people.list_classes(db))} classes, {len(people.list_students(db))} students in {home.database}"
    yield Finding("database", True, text)


def _cameras(_: Home) -> Iterator[Finding]:
    found = describe_cameras()
    yield Finding("cameras", True, ", ".join(found) or "none found; videos and photos work without one")


def _disk(home: Home) -> Iterator[Finding]:
    place = next(one for one in (home.root, *home.root.parents) if one.exists())
    free = shutil.disk_usage(place).free // 2**20
    ok = free >= ENOUGH_DISK_MB
    yield Finding("disk", ok, f"{free} MB free" + ("" if ok else f". Make room: at least {ENOUGH_DISK_MB} MB"))
