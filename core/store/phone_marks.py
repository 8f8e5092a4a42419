"""What accepted confirmations make of marks, together with what cameras have seen."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.actor import MACHINE
from core.store.confirmations import confirmations_of, lesson_of
from core.store.marks import BY_FACE, BY_MACHINE, BY_PHONE, Mark, Wish, changes_of, marks_of, set_times, write_marks
from core.store.register import arrived
from core.store.register_grid import students_by_id
from core.store.sessions import CANCELLED, SessionRow, get_session
from core.store.sightings import Sighting, sightings_of
from core.store.statuses import LATE, PRESENT, status_set

_THERE = (PRESENT, LATE)
"""What a machine makes of somebody who is in the room."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of one session.

    needs_both: face and phone are asked for; faceless: of whom no camera may say anything, so that the phone is enough.
    phones: when each was accepted; since: from when on anybody could be noticed.
    """

    session: SessionRow
    needs_both: bool
    faceless: set[int]
    faces: dict[int, list[Sighting]]
    phones: dict[int, datetime]
    since: datetime | None

    def is_there(self, student_id: int, mark: Mark | None) -> bool:
        """Whether the machine may say that the student is in the room.  mark: what it said so far."""
        # Of who passed a camera that runs all day there is the mark only.
        passed = mark is not None and mark.state.source == BY_FACE and mark.status in _THERE
        found = (passed or student_id in self.faces, student_id in self.phones)
        return all(found) if self.needs_both and student_id not in self.faceless else any(found)


def is_there(db: Session, session_id: int, student_id: int) -> bool:
    """Whether the register says, by whatever means, that the student is in the room."""
    mark = marks_of(db, [session_id]).get((session_id, student_id))
    status = None if mark is None else status_set(db).get(mark.status)
    return status is not None and status.in_room


def merge_phone_mark(
    db: Session, session_id: int, student_id: int, at: datetime, late_after_minutes: int | None
) -> bool:
    """Mark a student whose phone was accepted at a moment (aware): present, or late as a camera would say it.

    Nobody is late who confirmed soon after codes were first taken, for nobody knows when they came.  What a person
    decided stays, and who is present already stays so.  Where the lesson asks for the face too, nothing is marked
    before a camera has seen it, unless the student has not agreed to that; in a cancelled lesson nothing ever.
    Returns whether they are marked as there now.
    """
    known = _known(db, session_id)
    known.phones.setdefault(student_id, at)
    _follow(db, known, [student_id], late_after_minutes)
    now = marks_of(db, [session_id]).get((session_id, student_id))
    return now is not None and now.status in _THERE


def withdraw_phone_mark(db: Session, session_id: int, student_id: int, late_after_minutes: int | None) -> None:
    """Take back what a confirmation made of a mark that is refused now; what a camera saw, or a person said, stays."""
    _follow(db, _known(db, session_id), [student_id], late_after_minutes)


def follow_mode(db: Session, session_id: int, late_after_minutes: int | None) -> None:
    """Make the machine's marks what they are in the session's new mode.  What a person decided or took away stays."""
    known = _known(db, session_id)
    by_people = {one.student_id for one in changes_of(db, session_id=session_id) if one.role != MACHINE.role}
    marked = {student for _, student in marks_of(db, [session_id])}
    _follow(db, known, (marked | known.faces.keys() | known.phones.keys()) - by_people, late_after_minutes)


def _known(db: Session, session_id: int) -> _Known:
    lesson = lesson_of(db, session_id)
    faces: dict[int, list[Sighting]] = {}
    for one in sightings_of(db, session_id, ["present"]):
        if one.student_id is not None:
            faces.setdefault(one.student_id, []).append(one)
    phones = {one.student_id: one.at for one in confirmations_of(db, [session_id], ["accepted"])}
    needs_both = lesson is not None and lesson.mode == "required"
    asked = students_by_id(db, phones) if needs_both else {}
    looks = [one.first_seen for all_of_one in faces.values() for one in all_of_one]
    begun = [one for one in (*looks, None if lesson is None else lesson.begun_at) if one is not None]
    return _Known(
        get_session(db, session_id),
        needs_both,
        {number for number, one in asked.items() if not one.consent},
        faces,
        phones,
        min(begun, default=None),
    )


def _follow(db: Session, known: _Known, student_ids: Collection[int], late_after_minutes: int | None) -> None:
    session = known.session
    if session.state == CANCELLED:
        return
    old = marks_of(db, [session.id])
    for student in student_ids:
        mark = old.get((session.id, student))
        if mark is not None and mark.state.source not in BY_MACHINE:
            continue
        if known.is_there(student, mark):
            if mark is None or mark.status != PRESENT:
                _mark(db, known, student, late_after_minutes)
        elif mark is not None and mark.status in _THERE:
            why = "face and phone are asked for" if known.needs_both else "the phone was refused"
            write_marks(db, MACHINE, [Wish(session.id, student, None)], why=why)


def _mark(db: Session, known: _Known, student: int, late_after_minutes: int | None) -> None:
    seen, phone = known.faces.get(student, []), known.phones.get(student)
    moments = [phone, *(one.first_seen for one in seen), *(one.last_seen for one in seen)]
    known_moments = [one for one in moments if one is not None]
    if not known_moments:
        return
    first, last = min(known_moments), max(known_moments)
    source, why = (BY_FACE, "seen by a camera") if phone is None else (BY_PHONE, "confirmed by phone")
    state = arrived(known.session, first, late_after_minutes, source, known.since)
    write_marks(db, MACHINE, [Wish(known.session.id, student, state)], why=why)
    confidence = max((one.confidence for one in seen if one.confidence is not None), default=None)
    set_times(db, known.session.id, student, first, last, confidence)
