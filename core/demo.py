"""The demo: the real main job on three portraits that ship with installed packages.

* Eileen Collins, ``astronaut.png`` of scikit-image (NASA, public domain): enrolled, and in the video.
* The photographer of ``camera.png`` of scikit-image (CC0, Lav Varshney): enrolled, not in the video.
* Grace Hopper, ``grace_hopper.jpg`` of matplotlib (US Navy, public domain): a stranger in the video.
"""

import math
import tempfile
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from core import clock
from core.access import guarded
from core.engine import Engine
from core.enrolment import EnrolRequest, enrol
from core.enrolment_folder import StudentName
from core.errors import InputError, NotFoundError
from core.marking import MarkRequest, MarkResult, mark
from core.records import Image, Progress, ProgressSink
from core.settings import Settings
from core.store import people
from core.store.database import Store
from core.training import train
from core.vision.images import read_image
from core.vision.video_writer import VideoWriter

CLASS_CODE = "DEMO"
CONSENT = "public-domain portrait"
STUDENTS = (
    (StudentName("D001", "Eileen Collins"), ("skimage", "data/astronaut.png")),
    (StudentName("D002", "The Photographer"), ("skimage", "data/camera.png")),
)
STRANGER = ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg")
WIDTH, HEIGHT, FPS, SECONDS = 1280, 720, 25, 6
PORTRAIT = 420
"""Height of a portrait in the video, pixels."""


@guarded
def run_demo(store: Store, engine: Engine, settings: Settings, progress: ProgressSink) -> MarkResult:
    """Enrol two, train, build the video, mark it.  Can be run again and again on one home."""
    with store.transaction() as db:
        try:
            people.get_class(db, CLASS_CODE)
        except NotFoundError:
            people.add_class(db, CLASS_CODE, "Demonstration", "Rollcall")
    for student, portrait in STUDENTS:
        request = EnrolRequest(CLASS_CODE, str(_file(portrait)), CONSENT, student)
        enrol(store, engine, settings, request, progress)
    train(store, engine, CLASS_CODE, progress)
    with tempfile.TemporaryDirectory(prefix="rollcall-demo-") as folder:
        video = Path(folder) / "demo.mp4"
        build_video(video, progress)
        request_mark = MarkRequest(CLASS_CODE, str(video), at=clock.now(), save_video=store.home.output / "demo.mp4")
        return mark(store, engine, settings, request_mark, progress)


def build_video(path: Path, progress: ProgressSink) -> None:
    """Eileen Collins and Grace Hopper side by side, each panned, zoomed and dimmed on her own."""
    portraits = [read_image(_file(STUDENTS[0][1])), read_image(_file(STRANGER))]
    frames = FPS * SECONDS
    with VideoWriter(path, FPS, (WIDTH, HEIGHT)) as writer:
        for number in range(frames):
            frame: Image = np.full((HEIGHT, WIDTH, 3), 70, dtype=np.uint8)
            for seat, portrait in enumerate(portraits):
                _draw(frame, portrait, seat, number / FPS)
            writer.write(frame)
            progress(Progress(number + 1, frames, "building the demo video"))


def _draw(frame: Image, portrait: Image, seat: int, time_s: float) -> None:
    phase = time_s * 1.3 + 2.0 * seat
    height = int(PORTRAIT * (1 + 0.12 * math.sin(phase)))
    width = portrait.shape[1] * height // portrait.shape[0]
    light = 0.8 + 0.2 * math.sin(0.7 * phase)
    small = cv2.convertScaleAbs(cv2.resize(portrait, (width, height), interpolation=cv2.INTER_AREA), alpha=light)
    left = int(WIDTH * (0.28 + 0.44 * seat) + 40 * math.sin(0.9 * phase) - width / 2)
    top = int(HEIGHT / 2 + 25 * math.cos(phase) - height / 2)
    frame[top : top + height, left : left + width] = small


def _file(portrait: tuple[str, str]) -> Path:
    """Where a package keeps a portrait; the package itself is not imported."""
    package, name = portrait
    spec = find_spec(package)
    path = Path(spec.submodule_search_locations[0]) / name if spec and spec.submodule_search_locations else None
    if path is None or not path.is_file():
        raise InputError(
            f"The portrait {Path(name).name} of the package {package} is missing. Install {package} again."
        )
    return path
