"""Following faces: does one track stay on one seat, and how often is a seat's track broken?

``python -m benchmarks.tracking LESSON...``.  Measured on the tracker's own tracks, before anybody is named.  At every
searched frame a track belongs to the seat whose box holds the centre of its face; an *identity switch* is a track that
goes from one seat to another.  A seat shows another photo every few seconds, so its face jumps and a track may end.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.lessons import CLASS, Lesson, home_of, machine
from core.engine import load_engine
from core.paths import Home
from core.recognition.classifier import Classifier
from core.recognition.decision import opinion
from core.recognition.files import load_classifier
from core.records import Floats, Frame
from core.settings import load_settings
from core.store import people, training_runs
from core.store.database import open_store
from core.vision.face_size import choose_min_face
from core.vision.follow import Following, follow_faces
from core.vision.sources import open_source
from core.vision.tracker import Track


@dataclass(slots=True)
class Recording:
    """What the tracker said: of each track by number, the frames and boxes in which its face was found."""

    tracks: dict[int, list[tuple[int, Floats]]] = field(default_factory=dict)

    def watch(self, frame: Frame, tracks: Sequence[Track]) -> None:
        """Called for each searched frame with the tracks of its faces."""
        for track in tracks:
            self.tracks.setdefault(track.number, []).append((frame.index, track.box))


@dataclass(frozen=True, slots=True)
class Steadiness:
    """What came of one lesson.  face_px: median shorter side of the faces in each seat, by name; only seats with a
    face.  outside: tracks that were never on a seat.
    """

    tracks: int
    switches: int
    tracks_by_seat: Mapping[str, int]
    face_px: Mapping[str, float]
    outside: int

    def fragments(self, names: Iterable[str]) -> float:
        """Tracks a seat, of those ``names`` who were found at all."""
        counts = [self.tracks_by_seat[name] for name in names if name in self.tracks_by_seat]
        return float(np.mean(counts)) if counts else 0.0


def seat_of(box: Floats, seats: Mapping[str, Floats]) -> str | None:
    """Whose seat holds the centre of a box ``(4,) xyxy``; of seats that overlap, the one whose middle is nearest."""
    centre = (box[:2] + box[2:]) / 2
    away = {
        name: float(np.linalg.norm((seat[:2] + seat[2:]) / 2 - centre))
        for name, seat in seats.items()
        if (seat[:2] <= centre).all() and (centre <= seat[2:]).all()
    }
    return min(away, key=away.__getitem__, default=None)


def steadiness(recording: Recording, lesson: Lesson) -> Steadiness:
    """Hold the tracks against the seats."""
    switches = outside = 0
    by_seat: dict[str, int] = {}
    sizes: dict[str, list[float]] = {}
    for seen in recording.tracks.values():
        seats = []
        for frame, box in seen:
            seat = seat_of(box, lesson.seats_at(frame))
            if seat is not None:
                seats.append(seat)
                sizes.setdefault(seat, []).append(float(min(box[2:] - box[:2])))
        switches += sum(one != other for one, other in pairwise(seats))
        outside += not seats
        for seat in set(seats):
            by_seat[seat] = by_seat.get(seat, 0) + 1
    face_px = {name: float(np.median(one)) for name, one in sizes.items()}
    return Steadiness(len(recording.tracks), switches, by_seat, face_px, outside)


def classifier_of(home: Home) -> tuple[Classifier, Mapping[str, int]]:
    """The class's classifier in use, and the ids of its students by roll number."""
    with open_store(home) as store, store.read() as db:
        school_class = people.get_class(db, CLASS)
        run = training_runs.run_in_use(db, school_class.id)
        ids = {one.roll: one.id for one in people.roster(db, school_class.id)}
        if run is None:
            raise SystemExit("the class was not trained")
        return load_classifier(home.models / run.file, CLASS, store.vault), ids


def record(lesson: Lesson, home: Home) -> Recording:
    """Follow the faces of a lesson as marking does."""
    settings = load_settings(home)
    classifier, _ = classifier_of(home)
    recording = Recording()
    with open_source(lesson.video) as source:
        least = choose_min_face(source.info.width, source.info.height, [])
        engine = load_engine(home, least, detector=settings.detector)
        judge = partial(opinion, classifier)
        pace = settings.looks_per_second
        for _ in follow_faces(source, engine, pace, Following(), judge=judge, watch=recording.watch):
            pass
    return recording


def main() -> None:
    """Print the table."""
    print(f"{machine()}\n")
    print("| lesson | seats | seats with a face | tracks | identity switches | tracks a seat | tracks on no seat |")
    print("|" + "---|" * 7)
    for folder in sys.argv[1:]:
        lesson = Lesson.read(Path(folder))
        with home_of(lesson.folder / "enrol") as home:
            found = steadiness(record(lesson, home), lesson)
        everybody = [*lesson.present, *lesson.unknown]
        print(
            f"| {lesson.name} | {len(everybody)} | {len(found.tracks_by_seat)} | {found.tracks} | {found.switches} "
            f"| {found.fragments(everybody):.2f} | {found.outside} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
