"""An open source in, people out: everything between the pictures and the register."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from core.engine import Engine
from core.errors import ClassifierError, InputError
from core.recognition.classifier import Classifier, Integers
from core.recognition.condense import condense
from core.recognition.decision import Candidate, Decision, opinion
from core.recognition.evidence import Stretch, looks_of
from core.recognition.explain import with_reason
from core.recognition.people import Person, name_people
from core.recognition.school import SchoolIndex, elsewhere
from core.records import Floats, Frame, Opinion, Progress, ProgressSink, Student
from core.school import open_school
from core.settings import Settings
from core.store import people, register
from core.store.database import Store
from core.vision.face_size import choose_min_face
from core.vision.follow import Following, follow_faces
from core.vision.sources import Source, SourceInfo
from core.vision.tracker import Track

LATE_S = 0.5
"""A live picture that is seen later than this on average is worth a word."""
STOPPED = "The camera was stopped by hand; everything seen until then is in the register."
PHOTO_MIN_FACE_PX = 40
"""In photos, whose sizes differ from one to the next, smaller faces are not worth naming."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Everybody in a source.

    stretches: all of them, also those that came to nothing.  guests: students of the school who are not in this class,
    by id.  moving: whether the pictures follow one another.  classifier: with the cuts that were used.
    """

    following: Following
    stretches: tuple[Stretch, ...]
    persons: tuple[Person, ...]
    guests: Mapping[int, Student]
    moving: bool
    classifier: Classifier

    def only(self, persons: Sequence[Person]) -> "Seen":
        """The same without the other persons and their stretches."""
        kept = {id(one) for one in persons}
        gone = {id(stretch) for one in self.persons if id(one) not in kept for stretch in one.stretches}
        return replace(
            self,
            persons=tuple(one for one in self.persons if id(one) in kept),
            stretches=tuple(one for one in self.stretches if id(one) not in gone),
        )


class Naming:
    """Who everybody is by now, while a source is looked at.

    classifier: of the class's roster; single_photo, moving: as the source is.
    """

    def __init__(self, classifier: Classifier, source: Source, following: Following) -> None:
        self._single_photo, self._following, self._live = not source.continuous, following, source.live
        # One photo is judged more leniently than several.
        self.cuts = classifier if source.info.kind == "image" else classifier.strict()
        self._classifier = classifier
        self.finished: list[Stretch] = []
        self.looks = 0
        """At finished stretches, of all that there ever were."""

    def add(self, stretch: Stretch) -> None:
        """A face was looked at to its end."""
        self.finished.append(stretch)
        self.looks += len(stretch.embeddings)

    def judge(self, embeddings: Floats, weights: Floats) -> Opinion:
        """What the looks at one face come to."""
        return opinion(self._classifier, embeddings, weights)

    def still_open(self) -> list[Stretch]:
        """What is known by now of the faces that are being followed."""
        return self._following.still_open()

    def name(self, still_open: Sequence[Stretch] = ()) -> list[Person]:
        """Decide about everybody, with reasons in words."""
        persons = name_people(self.cuts, [*self.finished, *still_open], single_photo=self._single_photo)
        return [with_reason(one, moving=not self._single_photo) for one in persons]

    def condense(self, persons: Sequence[Person]) -> None:
        """Keep less of what is long over, after a camera came to ``persons``; a recording is looked at as a whole."""
        if self._live:
            self.finished = condense(self.cuts, self.finished, persons)

    def reject(self, rejected_of: Integers, rejected: Floats) -> None:
        """From now on these ``(r, 512)`` faces are not the students ``(r,)``."""
        everybody = list(self.cuts.student_ids)
        self.cuts = replace(self.cuts, rejected=rejected, rejected_of=rejected_of).only(everybody)
        self._classifier = replace(self._classifier, rejected=rejected, rejected_of=rejected_of).only(everybody)


class Onlooker(Protocol):
    """Follows the recognising of a source; called between its pictures, by the thread that recognises."""

    def see(self, frame: Frame, tracks: Sequence[Track]) -> None:
        """A picture was searched, and these are the tracks of its faces."""

    def step(self, naming: Naming) -> None:
        """A picture was read; what raises ends it."""

    def end(self, naming: Naming) -> None:
        """All was read, and everybody will be decided about for the last time."""


def recognise(
    store: Store,
    engine: Engine,
    settings: Settings,
    class_id: int,
    classifier: Classifier,
    source: Source,
    progress: ProgressSink,
    until_s: float | None = None,
    onlooker: Onlooker | None = None,
) -> Seen:
    """Look at ``source`` and decide about everybody in it; writes nothing itself.

    classifier: of the class's roster.  Raises InputError when there is no picture.
    """
    engine = engine.searching_from(_min_face(store, settings, class_id, source.info))
    following = Following()
    naming = Naming(classifier, source, following)
    _follow(source, engine, settings.looks_per_second, following, progress, until_s, naming, onlooker)
    following.problems += _live_problems(following, source.info.label)
    if not following.looked_at:
        raise InputError(f"{source.info.label} shows no picture at all. Choose another video, photo or camera.")
    with following.spent.on("decide"):
        persons, guests = _with_guests(store, engine.model_key, naming.name(), class_id)
    return Seen(following, tuple(naming.finished), tuple(persons), guests, source.continuous, naming.cuts)


def warm(engine: Engine) -> None:
    """Do beforehand what the first pictures would wait for, about a second of work.  Raises NetworksError."""
    engine.detector.warm()
    engine.embedder.warm()
    # The tracker and the decision import them when they first need them, since most commands do not.
    import scipy.cluster.hierarchy
    import scipy.optimize  # noqa: F401


def _follow(
    source: Source,
    engine: Engine,
    looks_per_second: float,
    following: Following,
    progress: ProgressSink,
    until_s: float | None,
    naming: Naming,
    onlooker: Onlooker | None,
) -> None:
    def stepped(done: Progress) -> None:
        progress(done)
        if onlooker is not None:
            onlooker.step(naming)

    judge = naming.judge if source.continuous else None
    watch = None if onlooker is None else onlooker.see
    for stretch in follow_faces(
        source, engine, looks_per_second, following, stepped, until_s=until_s, judge=judge, watch=watch
    ):
        naming.add(stretch)
    if onlooker is not None:
        onlooker.end(naming)


def _live_problems(following: Following, label: str) -> list[str]:
    """What is worth telling of a live source."""
    problems = []
    if following.stopped:
        # Stopping a camera is how a lesson ends: what was seen counts.
        problems.append(STOPPED)
    late_s = float(np.median(following.late_s or [0.0]))
    if late_s > LATE_S:
        problems.append(
            f"The pictures of {label} were seen {late_s:.1f} s late: this computer is too busy. "
            "Close other programs, or look for faces less far away (Settings, Recognition)."
        )
    return problems


def _min_face(store: Store, settings: Settings, class_id: int, info: SourceInfo) -> int:
    """The smallest face to search for: the school's choice, or what the picture and the last lessons suggest."""
    if settings.min_face_px != "auto":
        return settings.min_face_px
    if not info.width:
        return PHOTO_MIN_FACE_PX
    with store.read() as db:
        return choose_min_face(info.width, info.height, register.recent_face_sizes(db, class_id))


def _with_guests(
    store: Store, model_key: str, persons: list[Person], class_id: int
) -> tuple[list[Person], dict[int, Student]]:
    """Say of the unknown who of them belongs to another class."""
    with store.read() as db:
        school = {one.id: one for one in people.list_students(db) if one.active}
        roster = {one.id for one in people.roster(db, class_id)}
    if school.keys() <= roster or all(one.decision.outcome != "unknown" for one in persons):
        return persons, {}
    try:
        index = open_school(store, model_key).index
    except ClassifierError:
        # Nobody has samples of this network: then nobody is known elsewhere.
        return persons, {}
    judged = [_as_guest(index, one, roster) for one in persons]
    guests = {one.decision.student_id for one in judged if one.decision.outcome == "elsewhere"}
    return judged, {one: school[one] for one in guests}


def _as_guest(index: SchoolIndex, person: Person, roster_ids: Iterable[int]) -> Person:
    if person.decision.outcome != "unknown":
        return person
    match = elsewhere(index, *looks_of(person.stretches), set(roster_ids))
    if match is None:
        return person
    candidates = (Candidate(match.student_id, match.score), *person.decision.candidates[:2])
    decision = Decision("elsewhere", match.score, "known in the school, but not in this class", candidates)
    return replace(person, decision=decision)
