"""What a marking that goes on has saved so far: its own sightings and marks may change, what a person said may not."""

from collections.abc import Collection, Mapping

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.actor import MACHINE
from core.store.marks import BY_MACHINE, Mark, MarkState, Wish, marks_of, set_times, write_marks
from core.store.parts import in_parts
from core.store.register import SightingDraft, sighting_values
from core.store.sightings import SAID_IS
from core.store.tables import SightingTable


def said_of(db: Session, sighting_ids: Collection[int]) -> dict[int, int | None]:
    """Those of these sightings that a person decided: who it is, None for "not whom it was taken for"."""
    # What is said of whom a face is not begins with the same words.
    query = select(SightingTable.id, SightingTable.student_id).where(
        SightingTable.reason.startswith(SAID_IS.format(""))
    )
    return {
        number: student
        for part in in_parts(query, SightingTable.id, sighting_ids)
        for number, student in db.execute(part)
    }


def add_sighting(db: Session, session_id: int, source: str, draft: SightingDraft) -> int:
    """Store somebody seen; the number of the sighting."""
    row = SightingTable(**sighting_values(db, session_id, source, draft))
    db.add(row)
    db.flush()
    return row.id


def change_sighting(db: Session, sighting_id: int, session_id: int, source: str, draft: SightingDraft) -> None:
    """Store what is known of somebody seen by now; the number stays."""
    values = sighting_values(db, session_id, source, draft)
    db.execute(update(SightingTable).where(SightingTable.id == sighting_id).values(values))


def remove_sightings(db: Session, sighting_ids: Collection[int]) -> None:
    """Take out who turned out not to be somebody of their own."""
    for number in sighting_ids:
        db.execute(delete(SightingTable).where(SightingTable.id == number))


def withdraw_face_marks(
    db: Session,
    session_id: int,
    wrote: Mapping[int, MarkState],
    before: Mapping[int, Mark | None],
    own_sightings: Collection[int],
) -> list[int]:
    """Put back what the marks of some students were before a marking wrote them; the history keeps both.

    wrote: what it wrote, before: what was there, both by student id.  A mark that somebody changed since stays, and so
    does that of a student whom another marking saw (a sighting that is none of ``own_sightings``).  Returns the
    students whose marks were put back.
    """
    now = {student: mark for (_, student), mark in marks_of(db, [session_id]).items()}
    seen = select(SightingTable.id, SightingTable.student_id).filter_by(session_id=session_id, kind="present")
    elsewhere = {student for number, student in db.execute(seen) if number not in own_sightings}
    back = [
        student
        for student, state in wrote.items()
        if student in now and now[student].state == state and state.source in BY_MACHINE and student not in elsewhere
    ]
    old = {student: before.get(student) for student in back}
    wishes = [Wish(session_id, student, None if mark is None else mark.state) for student, mark in old.items()]
    if wishes:
        write_marks(db, MACHINE, wishes, why="not recognised any more")
    for student, mark in old.items():
        if mark is not None:
            set_times(db, session_id, student, mark.first_seen, mark.last_seen, mark.confidence)
    return back
