"""A recorded lesson played as a live camera, in real time: how late faces are searched, and how soon they have names.

``python -m benchmarks.live LESSON...``.  There is no camera here: a stand-in hands out the frame that is due now and
drops those that nobody took, as a driver does.  It runs in a process of its own, as every camera does, and counts; a
network camera costs the same, a webcam less.  Each lesson is played twice: with everybody there from the first moment,
and with the seats covered in grey at first, so that people arrive one after another.  A student's time runs from the
first moment the face is on the picture until the track on that seat bears that student's name.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.lessons import Lesson, home_of, machine
from benchmarks.tracking import classifier_of, seat_of
from core.engine import load_engine
from core.paths import Home
from core.recognition.decision import opinion
from core.records import Frame, Image
from core.settings import load_settings
from core.vision.devices import Trouble
from core.vision.face_size import choose_min_face
from core.vision.feed import LiveOptions
from core.vision.follow import Following, follow_faces
from core.vision.live import LiveSource, start_camera
from core.vision.player import Player
from core.vision.tracker import Track

NAMED_WITHIN_S, LATE_S = 1.0, 0.3
"""What is aimed at."""
GREY, MARGIN = 120, 24
"""What covers the seats of those who have not arrived; seats sway by some pixels."""
ARRIVING = 0.75
"""Share of the lesson in which people arrive one after another."""


@dataclass(frozen=True)
class StandIn:
    """A camera that plays a lesson.  arrivals: seconds by name before which a seat is covered."""

    lesson: Lesson
    arrivals: Mapping[str, float]

    def open(self) -> "Covered":
        """The camera, in its own process."""
        return Covered(self.lesson, self.arrivals)

    def why_ended(self) -> Trouble:
        """The lesson is over."""
        return "ended"


class Covered(Player):
    """Plays a lesson without those who have not arrived."""

    def __init__(self, lesson: Lesson, arrivals: Mapping[str, float]) -> None:
        super().__init__(str(lesson.video))
        self._lesson, self._arrivals = lesson, arrivals

    def retrieve(self) -> tuple[bool, Image | None]:
        """The frame taken last, with some seats covered."""
        done, image = super().retrieve()
        if image is None:
            return done, image
        for name, seat in self._lesson.seats_at(self.taken).items():
            if self._arrivals.get(name, 0.0) > self.taken / self.fps:
                left, top, right, bottom = (seat + MARGIN * np.array([-1, -1, 1, 1])).astype(int)
                image[max(0, top) : bottom, max(0, left) : right] = GREY
        return done, image


def opened(lesson: Lesson, arrivals: Mapping[str, float]) -> LiveSource:
    """The lesson as a camera that shows its first picture."""
    source = start_camera(f"play:{lesson.video}", LiveOptions(), device=StandIn(lesson, arrivals))
    source.wait_opened()
    return source


@dataclass(slots=True)
class Watched:
    """What somebody at the live picture sees.

    ids: names by student id.  detected_s, named_s: by name, when the seat first had a face, and bore its name.  wrong:
    seats that bore another name.
    """

    lesson: Lesson
    ids: Mapping[int, str]
    arrivals: Mapping[str, float]
    began: float
    named_s: dict[str, float] = field(default_factory=dict)
    detected_s: dict[str, float] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)

    def watch(self, frame: Frame, tracks: Sequence[Track]) -> None:
        """Called for each searched frame with the tracks of its faces."""
        now = time.monotonic() - self.began
        seats = self.lesson.seats_at(int(frame.time_s * self.lesson.fps))
        for track in tracks:
            seat = seat_of(track.box, seats)
            if seat is None:
                continue
            self.detected_s.setdefault(seat, now)
            if track.opinion.student_id is None:
                continue
            if self.ids.get(track.opinion.student_id) == seat:
                self.named_s.setdefault(seat, now)
            else:
                self.wrong.add(seat)

    def waits(self, moments: Mapping[str, float]) -> list[float]:
        """Seconds from the first moment a student was on the picture."""
        return [moments[name] - self.arrivals.get(name, 0.0) for name in self.lesson.present if name in moments]


def began_of(source: LiveSource, lesson: Lesson) -> float:
    """When the lesson began to play, on the monotonic clock."""
    picture = source.feed.next()
    return time.monotonic() if picture is None else picture.at_s - picture.index / lesson.fps


def one_by_one(lesson: Lesson) -> Mapping[str, float]:
    """When everybody arrives, in an order that has nothing to do with seats or names."""
    everybody = sorted([*lesson.present, *lesson.unknown])
    order = np.random.default_rng(0).permutation(everybody)
    return dict(zip(order, np.arange(len(order)) * ARRIVING * lesson.frames / lesson.fps / len(order), strict=True))


def play(lesson: Lesson, home: Home, arrivals: Mapping[str, float]) -> tuple[Following, Watched]:
    """Watch the lesson as a live camera."""
    classifier, ids = classifier_of(home)
    settings = load_settings(home)
    with opened(lesson, arrivals) as source:
        info = source.info
    engine = load_engine(home, choose_min_face(info.width, info.height, []), detector=settings.detector)
    names = {ids[roll]: name for name, roll in lesson.rolls.items() if roll in ids}
    following = Following()
    with opened(lesson, arrivals) as source:
        watched = Watched(lesson, names, arrivals, began_of(source, lesson))
        judge = partial(opinion, classifier)
        for _ in follow_faces(source, engine, settings.looks_per_second, following, judge=judge, watch=watched.watch):
            pass
    return following, watched


def spread(values: Sequence[float], *quantiles: float) -> str:
    """Quantiles of some seconds, as cells."""
    found = np.quantile(values, quantiles) if len(values) else [np.nan] * len(quantiles)
    return " | ".join(f"{one:.2f} s" for one in found)


def row(label: str, lesson: Lesson, following: Following, watched: Watched) -> str:
    """The cells of one lesson."""
    named, detected = watched.waits(watched.named_s), watched.waits(watched.detected_s)
    soon = sum(one <= NAMED_WITHIN_S for one in named)
    return (
        f"| {label} | {following.looked_at} | {following.looked_at / following.seconds:.2f} "
        f"| {spread(following.late_s, 0.5, 0.95, 1.0)} | {spread(detected, 0.5)} "
        f"| {len(named)} of {len(lesson.present)} | {spread(named, 0.5, 0.9)} | {soon} | {len(watched.wrong)} |"
    )


def main() -> None:
    """Print the table."""
    print(f"{machine()}; a stand-in plays the recording, there is no camera\n")
    print(
        "| lesson | frames searched | a second | delay, median | 95 % | most | first seen, median | named | median "
        f"| 90 % | within {NAMED_WITHIN_S:.0f} s | seats that bore another name |"
    )
    print("|" + "---|" * 12)
    for folder in sys.argv[1:]:
        lesson = Lesson.read(Path(folder))
        with home_of(lesson.folder / "enrol") as home:
            for label, arrivals in (("all at once", {}), ("one by one", one_by_one(lesson))):
                print(row(f"{lesson.name}, {label}", lesson, *play(lesson, home, arrivals)), flush=True)
    print(f"\nAimed at: names within {NAMED_WITHIN_S:.0f} s, delay under {1000 * LATE_S:.0f} ms.")


if __name__ == "__main__":
    main()
