"""How fast faces of one person are taken before a camera in the window, and how many pictures of it are shown.

``python -m benchmarks.capturing FILM_OR_FOLDER [--seconds N]``.  A film of one person, or one made of the photos of a
folder, who sways, comes nearer and is lit differently all the time, stands in for a camera of 1280 × 720.  No pose is
ever full, since films do not nod when they are asked to.  The plain way is one loop that reads, searches the whole
picture, embeds, stores what differs and shows, with the same networks, store and widget.  It needs a screen.
"""

import argparse
import itertools
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.lessons import machine
from benchmarks.window_marking import Watch
from core.actor import Actor, acting
from core.engine import Engine, load_engine
from core.enrolment import store_sample
from core.networks.prepare import prepare_networks
from core.paths import PROJECT, Home
from core.recognition.variety import is_new
from core.records import Image
from core.store import consents, people
from core.store.database import open_store
from core.vision.candidates import Candidate
from core.vision.embedder import crop_face
from core.vision.images import read_image
from core.vision.live import start_camera
from core.vision.pose import POSES
from core.vision.quality import measure, refusal
from core.vision.sources import VIDEO_SUFFIXES, media_files

WIDTH, HEIGHT, FPS, EACH, FILM_S = 1280, 720, 25, 100, 60
ENOUGH = 80
SMALLEST_FACE_PX = 48
PERSON = Actor("bench", "admin")


@dataclass(slots=True)
class Figures:
    """What came of one way.

    taken_s: when each face was stored; stall_s: the longest the window stood still; worked_s: time of the processor,
    without the camera's own process.
    """

    seconds: float
    shown: int = 0
    first_s: float = 0.0
    taken_s: list[float] = field(default_factory=list)
    stall_s: float = 0.0
    worked_s: float = 0.0

    @property
    def shown_a_second(self) -> float:
        """Pictures, from the first one on."""
        return self.shown / (self.seconds - self.first_s)

    @property
    def enough_s(self) -> str:
        """When there were enough."""
        return f"{self.taken_s[ENOUGH - 1]:.0f} s" if len(self.taken_s) >= ENOUGH else "-"


def shots(given: Path) -> Iterator[Image]:
    """Pictures of one person without end: a film to and fro, its way back mirrored, or each photo for a while."""
    if given.suffix.lower() not in VIDEO_SUFFIXES:
        photos = [read_image(one) for one in media_files(given)]
        yield from itertools.chain.from_iterable(itertools.repeat(one, EACH) for one in itertools.cycle(photos))
    capture, film = cv2.VideoCapture(str(given)), []
    while capture.grab():
        film.append(np.asarray(capture.retrieve()[1], dtype=np.uint8))
    mirrored = [np.ascontiguousarray(one[:, ::-1]) for one in reversed(film)]
    yield from itertools.cycle([*film, *mirrored])


def filmed(given: Path, path: Path) -> Path:
    """The film that stands in for a camera."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (WIDTH, HEIGHT))
    for number, image in enumerate(itertools.islice(shots(given), FPS * FILM_S), 1):
        at_s = number / FPS
        height, width = image.shape[:2]
        zoom = HEIGHT / height * (0.85 + 0.1 * np.sin(0.7 * at_s))
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), 8 * np.sin(1.3 * at_s), zoom)
        turn[:, 2] += [(WIDTH - width) / 2 + 60 * np.sin(0.9 * at_s), (HEIGHT - height) / 2]
        picture = cv2.warpAffine(image, turn, (WIDTH, HEIGHT), borderValue=(90, 90, 90))
        writer.write(cv2.convertScaleAbs(picture, alpha=1 + 0.15 * np.sin(0.5 * at_s)))
    writer.release()
    return path


def home_with_one(folder: Path) -> Home:
    """A home of one class with one student, who consented."""
    own, home = Home(PROJECT), Home(folder)
    prepare_networks(own)
    home.create()
    shutil.copytree(own.networks, home.networks)
    with open_store(home) as store, store.transaction() as db:
        school_class, student = people.add_class(db, "C", "Class"), people.add_student(db, "R1", "Somebody")
        people.add_to_roster(db, school_class.id, student.id)
        consents.give(db, student.id, consents.ConsentDraft("for measuring"))
    return home


def in_window(home: Home, film: Path, seconds: float) -> Figures:
    """The screen Create data set, used as a person does."""
    from core import capturing
    from gui.application import Application
    from gui.screens.capture_parts.choosing import Source

    capturing.PLAN = dict.fromkeys(POSES, 1000)
    app, figures = Application(home), Figures(seconds)
    app.root.geometry("1366x768+0+0")
    watch = Watch(app)
    watch.until(lambda: app.shell and app.shell.current and not app.background.running)
    app.open("capture")
    screen: Any = None
    watch.until(lambda: app.shell and app.shell.current == "capture" and not app.background.running)
    screen = app.shell.screen("capture") if app.shell else None
    screen.bar.source.use(Source("Camera", f"loop:{film}"))
    show, tell = screen.live.show_picture, screen.live.show

    def counted(picture: Any) -> None:  # noqa: ANN401 - as the panel takes it
        figures.shown += 1
        figures.first_s = figures.first_s or time.monotonic() - began
        show(picture)

    def noted(news: Any) -> None:  # noqa: ANN401 - as the panel takes it
        more = news.taken.total - len(figures.taken_s)
        figures.taken_s += [time.monotonic() - began] * more
        tell(news)

    screen.live.show_picture, screen.live.show = counted, noted
    watch.longest_s, began, worked_s = 0.0, time.monotonic(), time.process_time()
    screen.start()
    watch.until(lambda: False, seconds)
    figures.worked_s = time.process_time() - worked_s
    figures.stall_s = watch.longest_s
    screen.stop()
    watch.until(lambda: not screen.is_running and not app.background.running)
    app.close()
    return figures


def plain_window() -> tuple[Any, Any]:
    """A window that holds nothing but a picture, and the picture."""
    import ttkbootstrap as ttk

    from gui.widgets.picture import Picture

    root = ttk.App("plain")
    root.geometry("1366x768+0+0")
    place = Picture(root, 320, 240)
    place.pack(fill="both", expand=True)
    root.update()
    return root, place


def in_one_loop(home: Home, engine: Engine, film: Path, seconds: float) -> Figures:
    """The plain way."""
    from gui.widgets.picture import fitted

    figures = Figures(seconds)
    root, place = plain_window()
    taken = np.empty((0, 512), dtype=np.float32)
    with open_store(home) as store, acting(PERSON), start_camera(f"loop:{film}") as camera:
        with store.read() as db:
            student = people.get_student(db, "R1")
        worked_s, began = time.process_time(), time.monotonic()
        last_s = began
        for frame in camera.frames():
            faces = engine.detector.detect(frame.image)
            for face in faces if len(faces) == 1 else ():
                crop = crop_face(frame.image, face)
                one = Candidate(crop, measure(face, crop), "film")
                embedding = engine.embedder.represent(crop[None])[0]
                if refusal(one.quality) or not is_new(embedding, taken):
                    continue
                taken = np.concatenate([taken, embedding[None]])
                with store.transaction() as db:
                    store_sample(db, student.id, one, embedding, engine.model_key)
                figures.taken_s.append(time.monotonic() - began)
                x0, y0, x1, y1 = (round(float(value)) for value in face.box)
                cv2.rectangle(frame.image, (x0, y0), (x1, y1), (0, 255, 0), 2)
            place.show(fitted(frame.image, place.space))
            root.update()
            now_s = time.monotonic()
            figures.first_s, figures.shown = figures.first_s or now_s - began, figures.shown + 1
            figures.stall_s, last_s = max(figures.stall_s, now_s - last_s), now_s
            if now_s - began >= seconds:
                break
        figures.worked_s = time.process_time() - worked_s
    root.destroy()
    return figures


def table(plain: Figures, own: Figures) -> Sequence[str]:
    """In Markdown."""
    return (
        "| | one loop | in the window | |",
        "|---|---|---|---|",
        f"| pictures shown a second | {plain.shown_a_second:.1f} | {own.shown_a_second:.1f} "
        f"| {own.shown_a_second / plain.shown_a_second:.1f} times |",
        f"| different faces stored in {own.seconds:.0f} s | {len(plain.taken_s)} | {len(own.taken_s)} "
        f"| {len(own.taken_s) / max(1, len(plain.taken_s)):.1f} times |",
        f"| {ENOUGH} faces after | {plain.enough_s} | {own.enough_s} | |",
        f"| Start to the first picture | {plain.first_s:.2f} s | {own.first_s:.2f} s | |",
        f"| processors that were had | {plain.worked_s / plain.seconds:.1f} of {os.cpu_count()} "
        f"| {own.worked_s / own.seconds:.1f} of {os.cpu_count()} | |",
        f"| longest stand of the window | {1000 * plain.stall_s:.0f} ms | {1000 * own.stall_s:.0f} ms | |",
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("given", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        folder = Path(place)
        film = filmed(given.given, folder / "film.mp4")
        engine = load_engine(Home(PROJECT), SMALLEST_FACE_PX)
        plain = in_one_loop(home_with_one(folder / "plain"), engine, film, given.seconds)
        own = in_window(home_with_one(folder / "own"), film, given.seconds)
    print(*table(plain, own), sep="\n")


if __name__ == "__main__":
    main()
