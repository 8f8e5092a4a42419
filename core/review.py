"""The review tray: what a person says about the faces of a session, and what the classifier learns from it.

"Not this person" makes the face a hard negative of that student; "this is that student" marks the student present.
Both change the register, which no later marking undoes.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from core.access import guarded
from core.actor import Actor
from core.correcting import check_may_mark
from core.engine import Engine
from core.errors import InputError, NotFoundError
from core.expected import expected_students
from core.extending import relearn
from core.recognition.decision import TOO_ALIKE
from core.records import Floats, Image, SchoolClass, Student
from core.settings import Settings
from core.store import audit, people, rejections, sessions, sightings, statuses
from core.store.database import Store
from core.store.faces import crop_in
from core.store.marks import marks_of
from core.store.sightings import SAID_IS, SAID_NOT, Sighting
from core.store.statuses import Status

REVIEW_KIND = "review"
OPEN_KINDS = (REVIEW_KIND, "unknown")
MARKED_KIND = "present"


@dataclass(frozen=True, slots=True)
class Possible:
    """A student who might be the face, and the evidence for it."""

    student: Student
    evidence: float


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A face of a session.  id: its number; student: who it was taken for, or None; thumbnail: PNG or empty."""

    id: int
    kind: str
    student: Student | None
    reason: str
    confidence: float | None
    first_seen: datetime | None
    last_seen: datetime | None
    candidates: tuple[Possible, ...]
    thumbnail: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Saying:
    """What a person says about a face: it ``is`` the student with this roll number, or it is not."""

    sighting_id: int
    roll: str
    is_student: bool


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What came of it.  learned: codes of the classes whose classifier knows it now; notes: sentences worth telling."""

    session_id: int
    learned: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """A saying with all that it is about.  crop: ``(160, 160, 3) uint8 BGR``, None where no picture was kept."""

    seen: Sighting
    school_class: SchoolClass
    student: Student
    is_student: bool
    crop: Image | None


@guarded
def open_items(store: Store, session_id: int, *, marked: bool = False) -> tuple[OpenItem, ...]:
    """The faces of a session that nobody was marked for; with ``marked`` also those that marked somebody.

    Raises NotFoundError for an unknown session.
    """
    with store.read() as db:
        sessions.get_session(db, session_id)
        found = sightings.sightings_of(db, session_id, (*OPEN_KINDS, MARKED_KIND) if marked else OPEN_KINDS)
        students = {one.id: one for one in people.list_students(db)}
    return tuple(
        OpenItem(
            id=one.id,
            kind=one.kind,
            student=students.get(one.student_id) if one.student_id is not None else None,
            reason=one.reason,
            confidence=one.confidence,
            first_seen=one.first_seen,
            last_seen=one.last_seen,
            # An erased student's number is still among the candidates, but names nobody.
            candidates=tuple(Possible(students[who], value) for who, value in one.candidates if who in students),
            thumbnail=one.thumbnail,
        )
        for one in found
    )


@guarded
def picture_of(store: Store, session_id: int, sighting_id: int) -> bytes:
    """The picture of one face of a session as PNG, empty where none is kept.

    Raises NotFoundError for a face that is not one of its :func:`open_items`.
    """
    with store.read() as db:
        seen = sightings.get_sighting(db, sighting_id)
    if seen.session_id != session_id or seen.kind not in (*OPEN_KINDS, MARKED_KIND):
        raise NotFoundError("This face is not stored any more. Load the list again.")
    return seen.thumbnail


@guarded
def undecided(store: Store, session_id: int) -> tuple[OpenItem, ...]:
    """The faces of a session with which somebody's mark can still change; each face of several markings once.

    What is left out stays stored, and comes again once the mark changes.  Raises NotFoundError for an unknown session.
    """
    items = open_items(store, session_id)
    with store.read() as db:
        session, known = sessions.get_session(db, session_id), statuses.status_set(db)
        marked = {student: mark.status for (_, student), mark in marks_of(db, [session_id]).items()}
        expected = {one.id for one in expected_students(db, session)} | marked.keys()
    there = {one for one, status in marked.items() if known[status].in_room}
    if expected <= there:
        return ()
    return _once(one for one in items if not _is_settled(one, there))


def _is_settled(item: OpenItem, there: Container[int]) -> bool:
    """Whether who it may be is in the room by the register, so that it is one more view of them."""
    if item.kind != REVIEW_KIND or item.student is None:
        return False
    second = [one.student.id for one in item.candidates[1:2]] if item.reason == TOO_ALIKE else []
    return all(one in there for one in (item.student.id, *second))


def _once(items: Iterable[OpenItem]) -> tuple[OpenItem, ...]:
    """Of faces taken for the same student at different times the surest; at the same time they are two people."""
    found, kept = list(items), list[OpenItem]()
    for one in sorted(found, key=lambda item: -(item.confidence or 0.0)):
        if not any(_is_same(one, other) for other in kept):
            kept.append(one)
    ids = {one.id for one in kept}
    return tuple(one for one in found if one.id in ids)


def _is_same(one: OpenItem, other: OpenItem) -> bool:
    if one.kind != REVIEW_KIND or other.kind != REVIEW_KIND or one.student is None or one.student != other.student:
        return False
    return any(
        earlier.last_seen is not None and later.first_seen is not None and earlier.last_seen < later.first_seen
        for earlier, later in ((one, other), (other, one))
    )


@guarded
def reject(store: Store, engine: Engine, settings: Settings, actor: Actor, sighting_id: int, roll: str) -> Reviewed:
    """A person says: this is not that student.  Raises as :func:`settle`."""
    return settle(store, engine, settings, actor, [Saying(sighting_id, roll, is_student=False)])


@guarded
def confirm(store: Store, engine: Engine, settings: Settings, actor: Actor, sighting_id: int, roll: str) -> Reviewed:
    """A person says: this is that student.  Raises as :func:`settle`."""
    return settle(store, engine, settings, actor, [Saying(sighting_id, roll, is_student=True)])


@guarded
def settle(
    store: Store,
    engine: Engine,
    settings: Settings,
    actor: Actor,
    sayings: Sequence[Saying],
    session_id: int | None = None,
) -> Reviewed:
    """Take in what a person says about faces of one session (``session_id`` if given): all or, on an error, nothing.

    Raises NotFoundError for an unknown face or student, InputError for one who is not on the class's roster, for a face
    of another session and for sayings that contradict each other, ConflictError when the actor may not mark in it.
    """
    with store.read() as db:
        every = [case for saying in sayings for case in _cases(db, saying)]
    # Said twice is said once; who a face is comes last, so that who it is not cannot undo it.
    once = {(case.is_student, case.seen.id, case.student.id): case for case in every}
    cases = sorted(once.values(), key=lambda case: case.is_student)
    _check_together(cases, session_id)
    pictures = [case.crop for case in cases if case.crop is not None]
    faces = iter(engine.embedder.represent(np.stack(pictures)) if pictures else ())
    notes: list[str] = []
    changed: set[int] = set()
    with store.transaction() as db:
        check_may_mark(settings, actor, sessions.get_session(db, cases[0].seen.session_id))
        for case in cases:
            embedding = None if case.crop is None else next(faces)
            said, anew = (
                _accept(db, actor, case, settings.late_after_minutes)
                if case.is_student
                else _refuse(db, actor, case, embedding, engine.model_key, settings.late_after_minutes)
            )
            notes += said
            changed |= {case.student.id} if anew else set()
        said_of = [[case.seen.id, case.student.id, case.is_student] for case in cases]
        audit.record(db, actor, "faces.review", session_id=cases[0].seen.session_id, after={"faces": said_of})
    learned, obstacles = _relearn(store, engine, cases[0].school_class, changed)
    return Reviewed(cases[0].seen.session_id, learned, (*notes, *obstacles))


@guarded
def ask_again(store: Store, engine: Engine, settings: Settings, actor: Actor, sighting_id: int, roll: str) -> Reviewed:
    """A person takes back that a face is not this student: nobody has decided about it any more.

    Raises NotFoundError, InputError and ConflictError as :func:`settle`.
    """
    with store.read() as db:
        case = _cases(db, Saying(sighting_id, roll, is_student=False))[0]
    if case.seen.reason != SAID_NOT.format(case.student.roll):
        raise InputError(f"Nobody said that face {sighting_id} is not {case.student.roll}, so nothing is taken back.")
    with store.transaction() as db:
        check_may_mark(settings, actor, sessions.get_session(db, case.seen.session_id))
        sightings.ask_again(db, case.seen, case.student.id)
        learned_from = case.crop is not None and rejections.withdraw_rejection(db, case.student.id, case.crop)
        said = {"faces": [[sighting_id, case.student.id, None]]}
        audit.record(db, actor, "faces.review", session_id=case.seen.session_id, after=said)
    learned, obstacles = _relearn(store, engine, case.school_class, {case.student.id} if learned_from else set())
    return Reviewed(case.seen.session_id, learned, tuple(obstacles))


def _cases(db: Session, saying: Saying) -> list[_Case]:
    """The saying, and before it that the face is not whom it was marked for, if that was somebody else."""
    seen = sightings.get_sighting(db, saying.sighting_id)
    school_class = people.get_class_by_id(db, sessions.get_session(db, seen.session_id).class_id)
    student = people.get_student(db, saying.roll)
    if student.id not in {one.id for one in people.roster(db, school_class.id)}:
        raise InputError(
            f"{student.roll} {student.name} is not on the roster of {school_class.code}. "
            f"See who is: app.py class roster {school_class.code}"
        )
    case = _Case(seen, school_class, student, saying.is_student, crop_in(seen.thumbnail))
    marked = seen.student_id if seen.kind == MARKED_KIND else None
    if not saying.is_student or marked is None or marked == student.id:
        return [case]
    return [_Case(seen, school_class, people.get_student_by_id(db, marked), False, case.crop), case]


def _check_together(cases: Sequence[_Case], session_id: int | None) -> None:
    if not cases:
        raise InputError("Nothing was said about any face. Say for example: --not 12:R001")
    stray = [case.seen.id for case in cases if session_id not in (None, case.seen.session_id)]
    if stray:
        raise InputError(f"Face {stray[0]} is not of session {session_id}. List the faces first, or give --session.")
    if len({case.seen.session_id for case in cases}) > 1:
        raise InputError("These faces are of different sessions. Review one session at a time.")
    accepted: dict[int, int] = {}
    for case in cases:
        if case.is_student and accepted.setdefault(case.seen.id, case.student.id) != case.student.id:
            raise InputError(f"Face {case.seen.id} cannot be two students. Say of one only that it is.")
    for case in cases:
        if not case.is_student and accepted.get(case.seen.id) == case.student.id:
            raise InputError(f"Face {case.seen.id} cannot both be {case.student.roll} and not. Say one of them.")


def _accept(db: Session, actor: Actor, case: _Case, late_after_minutes: int) -> tuple[list[str], bool]:
    """Sentences, and whether the student must be learned anew."""
    state = sightings.set_present(db, actor, case.seen, case.student.id, late_after_minutes)
    known = statuses.status_set(db)[state.status]
    sightings.decide_sighting(db, case.seen.id, MARKED_KIND, case.student.id, SAID_IS.format(case.student.roll))
    withdrawn = case.crop is not None and rejections.withdraw_rejection(db, case.student.id, case.crop)
    late = "" if state.minutes_late is None else f" ({state.minutes_late} min)"
    return [f"{case.student.roll} {case.student.name} is {known.name.lower()}{late}."], withdrawn


def _refuse(
    db: Session, actor: Actor, case: _Case, embedding: Floats | None, model_key: str, late_after_minutes: int
) -> tuple[list[str], bool]:
    """Sentences, and whether the student must be learned anew."""
    seen, student = case.seen, case.student
    notes = []
    if seen.student_id == student.id:
        if seen.kind == MARKED_KIND:
            state = sightings.take_back(db, actor, seen, student.id, late_after_minutes)
            notes.append(_taken_back(None if state is None else statuses.status_set(db)[state.status], student))
        sightings.decide_sighting(db, seen.id, "unknown", None, SAID_NOT.format(student.roll))
    if case.crop is None or embedding is None:
        return [*notes, f"No picture of face {seen.id} was kept, so nothing can be learned from it."], False
    added = rejections.add_rejection(
        db, student.id, crop=case.crop, embedding=embedding, model_key=model_key, source=seen.source
    )
    if added is None:
        return [*notes, f"That face {seen.id} is not {student.roll} was said before."], False
    return notes, True


def _taken_back(status: Status | None, student: Student) -> str:
    who = f"{student.roll} {student.name}"
    if status is None:
        return f"The mark of {who} stays, because a person set it."
    if not status.in_room:
        return f"{who} is {status.name.lower()} now."
    return f"{who} stays {status.name.lower()}, because another face of this session was recognised too."


def _relearn(
    store: Store, engine: Engine, school_class: SchoolClass, changed: set[int]
) -> tuple[tuple[str, ...], list[str]]:
    """Bring every class of the students up to date; codes of those, and why the session's own class could not be."""
    with store.read() as db:
        codes = {one.code: None for student in sorted(changed) for one in people.classes_of(db, student)}
    found = [relearn(store, engine, code, changed) for code in codes]
    obstacles = [one.obstacle for one in found if one.obstacle and one.class_code == school_class.code]
    return tuple(one.class_code for one in found if one.run), obstacles
