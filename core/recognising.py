"""An open source in, people out: everything between the pictures and the register."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from core.engine import Engine
from core.errors import ClassifierError, InputError
from core.recognition.classifier import Classifier
from core.recognition.decision import Candidate, Decision, opinion
from core.recognition.evidence import Stretch, looks_of
from core.recognition.explain import with_reason
from core.recognition.people import Person, name_people
from core.recognition.school import SchoolIndex, elsewhere
from core.records import ProgressSink, Student
from core.school import open_school
from core.settings import Settings
from core.store import people, register
from core.store.database import Store
from core.vision.face_size import choose_min_face
from core.vision.follow import Following, follow_faces
from core.vision.sources import Source, SourceInfo

LATE_S = 0.5
"""A live picture that is seen later than this on average is worth a word."""
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


def recognise(
    store: Store,
    engine: Engine,
    settings: Settings,
    class_id: int,
    classifier: Classifier,
    source: Source,
    progress: ProgressSink,
    until_s: float | None = None,
) -> Seen:
    """Look at ``source`` and decide about everybody in it; writes nothing.

    classifier: of the class's roster.  Raises InputError when there is no picture.
    """
    engine = engine.searching_from(_min_face(store, settings, class_id, source.info))
    following = Following()
    judge = partial(opinion, classifier) if source.continuous else None
    pace = settings.looks_per_second
    stretches = list(follow_faces(source, engine, pace, following, progress, until_s=until_s, judge=judge))
    following.problems += _live_problems(following, source.info.label)
    if not following.looked_at:
        raise InputError(f"{source.info.label} shows no picture at all. Choose another video, photo or camera.")
    with following.spent.on("decide"):
        cuts = classifier if source.info.kind == "image" else classifier.strict()
        persons = name_people(cuts, stretches, single_photo=not source.continuous)
        persons, guests = _with_guests(store, engine.model_key, persons, class_id)
    told = tuple(with_reason(one, moving=source.continuous) for one in persons)
    return Seen(following, tuple(stretches), told, guests, source.continuous, cuts)


def _live_problems(following: Following, label: str) -> list[str]:
    """What is worth telling of a live source."""
    problems = []
    if following.stopped:
        # Stopping a camera is how a lesson ends: what was seen counts.
        problems.append("The camera was stopped by hand; everything seen until then is in the register.")
    late_s = float(np.median(following.late_s or [0.0]))
    if late_s > LATE_S:
        problems.append(
            f"The pictures of {label} were seen {late_s:.1f} s late: this computer is too busy. "
            "Close other programs, or set a larger min_face_px in the settings."
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
