"""Who is expected in a session, and what the unmarked of them become."""

from sqlalchemy.orm import Session

from core.records import Student
from core.store import marks, people, timetable
from core.store.marks import MarkState
from core.store.sessions import SessionRow


def expected_students(db: Session, session: SessionRow, *, by_the_clock: bool = False) -> list[Student]:
    """The active students of the session's class, or of its group, by roll number.

    by_the_clock: nobody looks at the list, so leave out who joined the class after the session was over.
    """
    joined = people.joined_at(db, session.class_id) if by_the_clock else {}
    group = None if session.group_id is None else people.members(db, session.group_id)
    return [
        one
        for one in people.roster(db, session.class_id)
        if one.active
        and (group is None or one.id in group)
        and ((since := joined.get(one.id)) is None or since < session.ends_at)
    ]


def blank_states(
    db: Session, session: SessionRow, status: str, source: str, *, by_the_clock: bool = False
) -> dict[int, MarkState]:
    """What the unmarked students of a session become: ``status``, or what was planned for them; by student id."""
    marked = {student for _, student in marks.marks_of(db, [session.id])}
    planned = timetable.absences_on(db, session.class_id, session.day)
    states = {}
    for one in expected_students(db, session, by_the_clock=by_the_clock):
        if one.id not in marked:
            absence = planned.get(one.id)
            state = (status, None) if absence is None else (absence.status, absence.reason)
            states[one.id] = MarkState(state[0], reason=state[1], source=source)
    return states
