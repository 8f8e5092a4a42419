"""One run of marking → the register, as often as asked while it goes on.

What the run wrote itself it may change; what a person or another run said stays.  A face that was brought to review
keeps its number, so that a person can decide about it while the camera runs.
"""

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy.orm import Session

from core.expected import expected_students
from core.recognition.classifier import Classifier
from core.recognition.evidence import SPLIT_BELOW, looks_of
from core.recognition.people import Person
from core.records import Floats, SchoolClass, Student
from core.sessions import SessionRequest, session_of_marks
from core.settings import Settings
from core.store import consents, people, register, run_marks, sessions
from core.store.confirmations import unconfirmed
from core.store.database import Store
from core.store.marks import BY_MACHINE, Mark, MarkState, marks_of
from core.store.register import FaceEvidence, SightingDraft
from core.store.sessions import LOCKED, SessionDraft, SessionRow
from core.store.text import natural_order
from core.store.training_runs import TrainingRun
from core.vectors import normalised
from core.vision.images import encode_png
from core.vision.sources import SourceInfo

LIVE = ("camera", "stream")
"""Sources whose pictures are of this moment; a recording is taken to begin with the lesson."""
KINDS = {"sure": "present", "unsure": "review", "elsewhere": "elsewhere", "unknown": "unknown"}
"""What a sighting is called in the store, by the outcome of the decision."""


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What is known of the class before its source is opened."""

    school_class: SchoolClass
    roster: Mapping[int, Student]
    run: TrainingRun
    classifier: Classifier
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """What was asked for, the session it is or will be, and when the camera was switched on (aware UTC)."""

    asked: SessionRequest
    session: SessionRow | SessionDraft
    began_at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class KeptFace:
    """Somebody as the register has them now.

    kind: ``present``, ``review``, ``elsewhere`` or ``unknown``; student_id: who is marked or the likeliest, None for
    unknown ones.  number: of the sighting.  anew: new, or not what it was at the last save.  said: a person decided it.
    """

    person: Person
    kind: str
    student_id: int | None
    number: int
    anew: bool
    said: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """The session with its marks.

    withdrawn: students who are not marked by this run any more; removed: numbers of faces that are not one of their own
    any more; persons: of those it was given, whom it may store; notes: to be told.
    """

    session: SessionRow
    faces: tuple[KeptFace, ...]
    withdrawn: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    persons: tuple[Person, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """A sighting this run stored.  student_id: whom it named; mean: of its looks, ``(512,)``, tells apart who shares a
    track.
    """

    number: int
    kind: str
    student_id: int | None
    tracks: frozenset[int]
    mean: Floats


@dataclass(slots=True)
class _Kept:
    """What this run saved.

    wrote, before: marks by student, as this run made them and as they were.  cleared: whose marks a person took away
    since.  found_there: see :func:`core.store.register.merge_face_marks`.
    """

    session: SessionRow | SessionDraft
    begun: bool = False
    found_there: datetime | None = None
    rows: tuple[_Row, ...] = ()
    wrote: dict[int, MarkState] = field(default_factory=dict)
    before: dict[int, Mark | None] = field(default_factory=dict)
    cleared: set[int] = field(default_factory=set)


class Recorder:
    """Saves one run; each call of :meth:`save` is one transaction."""

    def __init__(self, store: Store, settings: Settings, lesson: Lesson, info: SourceInfo, moment: Moment) -> None:
        self._store, self._settings, self._lesson, self._info = store, settings, lesson, info
        self._moment, self._kept = moment, _Kept(moment.session)

    @property
    def numbers(self) -> frozenset[int]:
        """Numbers of the sightings this run stored."""
        return frozenset(row.number for row in self._kept.rows)

    def save(self, persons: Sequence[Person], *, final: bool = True) -> Saved:
        """Save everybody seen so far.  Only the final save makes absent who was not seen, and says what was looked at.

        Hours may have passed since the source was opened: the session and the roster are taken as they are now.
        Raises NotFoundError, ConflictError for a session that was cancelled, BusyError, DiskFullError.
        """
        old = self._kept
        kept = replace(old, wrote=dict(old.wrote), before=dict(old.before), cleared=set(old.cleared))
        with self._store.transaction() as db:
            saved = self._save(db, kept, persons, final)
        self._kept = kept
        return saved

    def not_saved(self, persons: Sequence[Person]) -> str:
        """A sentence with those who were seen, but whom no save has brought into the register; "" for none."""
        roster = self._lesson.roster
        seen = {one.decision.student_id for one in persons if one.decision.outcome == "sure"}
        waiting = [student for one, student in roster.items() if one in seen - self._kept.wrote.keys()]
        names = ", ".join(f"{one.roll} {one.name}" for one in sorted(waiting, key=lambda one: natural_order(one.roll)))
        return f"Seen, but not in the register yet: {names}." if names else ""

    def _save(self, db: Session, kept: _Kept, persons: Sequence[Person], final: bool) -> Saved:
        session = self._session(db, kept, final)
        still = {one.id for one in people.list_students(db) if one.consent}
        stored, notes = _storable(db, session.class_id, persons, still)
        before = {row.number for row in kept.rows}
        faces = self._sightings(db, kept, session, stored, still, final)
        removed = tuple(sorted(before - {row.number for row in kept.rows}))
        if session.state == LOCKED:
            code = self._lesson.school_class.code
            locked = f"The session was locked meanwhile, so nobody was marked. See: app.py review {code}"
            return Saved(session, faces, (), removed, tuple(stored), (*notes, locked))
        marked = [one.person for one in faces if one.kind == "present" and not one.said]
        withdrawn = self._marks(db, kept, session, marked, still, final)
        notes = (*notes, *_without_phone(db, session.id, self._lesson.roster, marked))
        return Saved(session, faces, withdrawn, removed, tuple(stored), notes)

    def _session(self, db: Session, kept: _Kept, final: bool) -> SessionRow:
        session = session_of_marks(db, self._moment.asked, kept.session)
        if not kept.begun:
            kept.begun = True
            # The first camera of a lesson finds its students there; nobody knows when they came.
            live = self._info.kind in LIVE
            kept.found_there = self._moment.began_at if live and not session.source else None
            if not live:
                # Marking a recording again corrects what it gave before; a camera shows something else each time.
                register.replace_sightings(db, session.id, self._info.label, [])
        if final and not session.source:
            key, run_id = self._lesson.classifier.model_key, self._lesson.run.id
            session = sessions.change_session(
                db, session.id, source=self._info.label, model_key=key, training_run_id=run_id
            )
        kept.session = session
        return session

    def _begin(self, session: SessionRow) -> datetime:
        return self._moment.began_at if self._info.kind in LIVE else session.starts_at

    def _sightings(
        self,
        db: Session,
        kept: _Kept,
        session: SessionRow,
        persons: Sequence[Person],
        still: set[int],
        final: bool,
    ) -> tuple[KeptFace, ...]:
        said = run_marks.said_of(db, [row.number for row in kept.rows])
        persons = [part for one in persons for part in _apart(one, kept.rows, said)]
        owners = _owners(persons, kept.rows, said)
        faces, rows = [], []
        for person, row in zip(persons, owners, strict=True):
            if row is not None and row.number in said:
                who = said[row.number]
                faces.append(KeptFace(person, "unknown" if who is None else "present", who, row.number, False, True))
                continue
            face, row = self._sighting(db, session, person, row, still, final)
            faces.append(face)
            rows.append(row)
        used = {row.number for row in rows}
        run_marks.remove_sightings(db, [one.number for one in kept.rows if one.number not in used | said.keys()])
        kept.rows = tuple(row for row in kept.rows if row.number in said) + tuple(rows)
        return tuple(faces)

    def _sighting(
        self, db: Session, session: SessionRow, person: Person, row: _Row | None, still: set[int], final: bool
    ) -> tuple[KeptFace, _Row]:
        draft = _draft(self._begin(session), person, min(self._info.width, self._info.height), still)
        if session.state == LOCKED and draft.kind == "present":
            draft = replace(draft, kind="review")
        anew = row is None or (row.kind, row.student_id) != (draft.kind, draft.student_id)
        label = self._info.label
        if row is None:
            number = run_marks.add_sighting(db, session.id, label, _with_picture(self._settings, draft, person))
        else:
            number = row.number
            if anew or final:
                whole = _with_picture(self._settings, draft, person)
                run_marks.change_sighting(db, number, session.id, label, whole)
        tracks = person.tracks if row is None else person.tracks | row.tracks
        kept = _Row(number, draft.kind, draft.student_id, tracks, _mean(person))
        return KeptFace(person, draft.kind, draft.student_id, number, anew), kept

    def _marks(
        self,
        db: Session,
        kept: _Kept,
        session: SessionRow,
        persons: Sequence[Person],
        still: set[int],
        final: bool,
    ) -> tuple[int, ...]:
        """Write the marks; students whose marks were put back."""
        before = {student: mark for (_, student), mark in marks_of(db, [session.id]).items()}
        kept.cleared |= kept.wrote.keys() - before.keys()
        roster = {one.id for one in people.roster(db, session.class_id)} & self._lesson.roster.keys()
        ours = roster - kept.cleared
        evidence = {one: seen for one, seen in _evidence(self._begin(session), persons).items() if one in ours}
        gone = {one: state for one, state in kept.wrote.items() if one not in evidence}
        withdrawn = run_marks.withdraw_face_marks(db, session.id, gone, kept.before, {row.number for row in kept.rows})
        expected = [one.id for one in expected_students(db, session) if one.id in ours & still] if final else []
        register.merge_face_marks(
            db,
            session.id,
            evidence,
            roster,
            late_after_minutes=self._settings.late_after_minutes,
            found_there=kept.found_there,
            # Whom no camera may look for is not absent because none saw them.
            expected_ids=expected,
            taken=final,
        )
        self._remember(db, kept, session.id, evidence, before, gone)
        return tuple(withdrawn)

    def _remember(
        self,
        db: Session,
        kept: _Kept,
        session_id: int,
        evidence: Mapping[int, FaceEvidence],
        before: Mapping[int, Mark],
        gone: Collection[int],
    ) -> None:
        for student in gone:
            del kept.wrote[student], kept.before[student]
        now = marks_of(db, [session_id])
        for student in evidence:
            mark = now.get((session_id, student))
            # Of whom the phone is asked for, too, there may be none yet.
            if mark is not None and mark.state.source in BY_MACHINE:
                kept.before.setdefault(student, before.get(student))
                kept.wrote[student] = mark.state


def _storable(
    db: Session, class_id: int, persons: Sequence[Person], still: Container[int]
) -> tuple[list[Person], tuple[str, ...]]:
    """Of whom something may be stored, and a sentence about the others.  still: students whose consent stands now."""
    # A student who was deleted or withdrew consent meanwhile leaves nothing.
    allowed = [one for one in persons if one.decision.outcome == "unknown" or one.decision.student_id in still]
    known = [one for one in allowed if one.decision.outcome != "unknown"]
    said_no = consents.objectors(db)
    rolls = [one.roll for one in people.roster(db, class_id) if one.active and one.id in said_no]
    if not rolls or len(known) == len(allowed):
        return allowed, ()
    # Without templates nobody can tell them from a stranger, so each unknown face may be theirs.
    return known, (f"Unknown faces were not stored, as one may be of {', '.join(rolls)}, who said no to it.",)


def _without_phone(
    db: Session, session_id: int, roster: Mapping[int, Student], persons: Sequence[Person]
) -> tuple[str, ...]:
    """A sentence about who was seen but is not marked, because the lesson asks for their phone, too."""
    missing = unconfirmed(db, session_id, {one.decision.student_id for one in persons} & roster.keys())
    if not missing:
        return ()
    by_people = {
        student for (_, student), one in marks_of(db, [session_id]).items() if one.state.source not in BY_MACHINE
    }
    rolls = sorted((roster[one].roll for one in missing - by_people), key=natural_order)
    return (f"Seen, but not marked before their phone confirms it: {', '.join(rolls)}.",) if rolls else ()


def _owners(persons: Sequence[Person], rows: Sequence[_Row], said: Mapping[int, int | None]) -> list[_Row | None]:
    """The row of each person: the one with which they share most tracks; what a person decided comes first."""
    means = [_mean(person) for person in persons]
    found = [
        (row.number in said, len(person.tracks & row.tracks), -row.number, position, row)
        for row in rows
        for position, person in enumerate(persons)
        if person.tracks & row.tracks and float(means[position] @ row.mean) >= SPLIT_BELOW
        if not _contradicts(person, row, said)
    ]
    owners: list[_Row | None] = [None] * len(persons)
    taken: set[int] = set()
    for decided, _, _, position, row in sorted(found, key=lambda one: one[:4], reverse=True):
        # Several faces may be the one about which a person decided; else a row is one face.
        if owners[position] is None and (decided or row.number not in taken):
            owners[position] = row
            taken.add(row.number)
    return owners


def _apart(person: Person, rows: Sequence[_Row], said: Mapping[int, int | None]) -> list[Person]:
    """A person without the stretches about which somebody said that it is another, and these for themselves."""
    best = person.decision.student_id
    others = [
        row for row in rows if row.number in said and said[row.number] != best and not _contradicts(person, row, said)
    ]
    tracks: frozenset[int] = frozenset().union(*(row.tracks for row in others))
    theirs = tuple(one for one in person.stretches if one.tracks & tracks)
    rest = tuple(one for one in person.stretches if not one.tracks & tracks)
    return [replace(person, stretches=part) for part in (theirs, rest) if part]


def _contradicts(person: Person, row: _Row, said: Mapping[int, int | None]) -> bool:
    """Whether it was said whom the face is not, and by now it surely is somebody else."""
    decision = person.decision
    refused = row.number in said and said[row.number] is None
    return refused and decision.outcome == "sure" and decision.student_id != row.student_id


def _mean(person: Person) -> Floats:
    embeddings, weights = looks_of(person.stretches)
    return normalised(np.average(embeddings, axis=0, weights=weights).astype(np.float32))


def _evidence(begin: datetime, persons: Sequence[Person]) -> dict[int, FaceEvidence]:
    return {
        person.decision.student_id: FaceEvidence(
            confidence=person.decision.confidence,
            first_seen=begin + timedelta(seconds=person.first_s),
            last_seen=begin + timedelta(seconds=person.last_s),
        )
        for person in persons
    }


def _draft(begin: datetime, person: Person, frame_px: int, still: Container[int]) -> SightingDraft:
    """The sighting without its picture, which takes a while to make."""
    decision = person.decision
    kind = KINDS[decision.outcome]
    return SightingDraft(
        kind=kind,
        student_id=None if kind == "unknown" else decision.student_id,
        reason=decision.reason,
        confidence=decision.confidence,
        first_seen=begin + timedelta(seconds=person.first_s),
        last_seen=begin + timedelta(seconds=person.last_s),
        looks=person.looks,
        face_px=person.face_px,
        frame_px=frame_px or None,
        candidates=tuple((one.student_id, one.evidence) for one in decision.candidates if one.student_id in still),
    )


def _with_picture(settings: Settings, draft: SightingDraft, person: Person) -> SightingDraft:
    # Nobody asked a stranger whether their face may be kept.
    stranger = draft.kind == "unknown" and not settings.unknown_faces_days
    return draft if stranger else replace(draft, thumbnail=encode_png(person.best.crop))
