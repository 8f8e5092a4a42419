"""A small school whose figures can be counted by hand."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session

from core.store import people, sessions, timetable
from core.store.database import Store
from core.store.sessions import CLOSED, SessionDraft
from core.store.tables import MarkTable, RosterTable
from core.store.teachers import set_teachers
from core.store.timetable import Schedule

MONDAY = date(2026, 11, 2)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""A Friday; six lessons are over, three are to come (23, 25 and 30 November)."""
LONG_AGO = datetime(2026, 9, 1, tzinfo=UTC)
MINUTES = 60
NAMES = ("Ada Lovelace", "=cmd|'/c calc'!A1", "नेहा शर्मा", "محمد علي", "[bold]Rich[/]")
MARKS = ("PPPPP", "PLPPA", "EPPAA", "PAPAP", "PPPAA", "PAPLA")
"""A row for each lesson held, a letter for each student R1 to R5."""


def held_days() -> list[date]:
    """Mondays and Wednesdays from 2 to 18 November."""
    return [MONDAY + timedelta(days=7 * week + extra) for week in range(3) for extra in (0, 2)]


def moment(day: date, hour: int = 9, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


def add_students(db: Session, class_id: int, rolls: list[str], joined: datetime | None = LONG_AGO) -> list[int]:
    """Put students R1, R2 … on a roster."""
    ids = []
    for roll in rolls:
        student = people.find_or_add_student(db, roll, NAMES[(int(roll[1:]) - 1) % len(NAMES)])
        db.execute(insert(RosterTable).values(class_id=class_id, student_id=student.id, joined_at=joined))
        ids.append(student.id)
    return ids


def add_lesson(db: Session, class_id: int, day: date, marks: dict[int, str], hour: int = 9, **more: object) -> int:
    """A closed lesson of 60 minutes with marks; late is 12 minutes late, everybody seen until five minutes before."""
    begin = moment(day, hour)
    end = begin + timedelta(minutes=MINUTES)
    draft = SessionDraft(class_id, begin, end, UTC, state=CLOSED, **more)  # type: ignore[arg-type]
    session = sessions.add_session(db, draft)
    for student, status in marks.items():
        seen = status in "PL"
        late = 12 if status == "L" else None
        db.add(
            MarkTable(
                session_id=session.id,
                student_id=student,
                status=status,
                source="face" if seen else "auto",
                first_seen=begin + timedelta(minutes=late or 1) if seen else None,
                last_seen=end - timedelta(minutes=5) if seen else None,
                minutes_late=late,
                updated_at=end,
            )
        )
    db.flush()
    if marks:
        sessions.change_session(db, session.id, taken_at=begin)
    return session.id


def fill(store: Store) -> None:
    """Class CS with five students, six lessons held and three to come in November, taught by Grace Hopper."""
    with store.transaction() as db:
        school_class = people.add_class(db, "CS", "Computing")
        set_teachers(db, school_class.id, ["Grace Hopper"])
        ids = add_students(db, school_class.id, ["R1", "R2", "R3", "R4", "R5"])
        schedule = timetable.add_schedule(
            db, Schedule(0, school_class.id, MONDAY, date(2026, 11, 30), (0, 2), time(9), MINUTES)
        )
        for day, letters in zip(held_days(), MARKS, strict=True):
            marks = dict(zip(ids, letters, strict=True))
            add_lesson(db, school_class.id, day, marks, schedule_id=schedule.id, planned_day=day)
