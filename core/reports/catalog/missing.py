"""Here today, but missing from this class."""

from sqlalchemy.orm import Session

from core import clock
from core.errors import InputError, NotFoundError
from core.expected import expected_students
from core.records import SchoolClass
from core.reports.parameters import DAY, ONE_CLASS, SESSION, Asked
from core.reports.registry import Report
from core.reports.result import ReportResult, Table, columns
from core.reports.series import clock_time
from core.settings import Settings
from core.store import marks, sessions
from core.store.presence import seen_elsewhere
from core.store.sessions import SessionRow
from core.store.statuses import status_set
from core.words import counted

COLUMNS = columns("Roll", "Name", ("Status here", "status"), "Seen last", ("At", "time"))


def run(db: Session, settings: Settings, asked: Asked) -> ReportResult:
    """Students without a mark or absent in this lesson, whom another lesson or a camera saw on the same day."""
    school_class = asked.school_class
    if school_class is None:
        raise ValueError("the report was run without its class")
    zone, statuses = clock.school_zone(settings), status_set(db)
    session = _session(db, settings, school_class, asked)
    given = {student: statuses.get(mark.status) for (_, student), mark in marks.marks_of(db, [session.id]).items()}
    expected = expected_students(db, session)
    missing = [
        one for one in expected if (status := given.get(one.id)) is None or status.counts_as == "absent"
    ]  # fmt: skip
    seen = seen_elsewhere(db, session.day, [one.id for one in missing], session.id)
    rows = tuple(
        (one.roll, one.name, given.get(one.id), seen[one.id].where, clock_time(seen[one.id].at, zone))
        for one in missing
        if one.id in seen
    )
    begin = clock_time(session.starts_at, zone)
    title = f"Here, but missing from {school_class.code}, {session.day} {begin:%H:%M}"
    sentences = (
        f"{counted(len(missing), 'student')} of {len(expected)} {'is' if len(missing) == 1 else 'are'} missing from "
        f"this lesson; {len(rows)} of them {'was' if len(rows) == 1 else 'were'} seen elsewhere on this day.",
    )
    return ReportResult(REPORT.name, title, sentences, (Table("Here, but missing", COLUMNS, rows),))


def _session(db: Session, settings: Settings, school_class: SchoolClass, asked: Asked) -> SessionRow:
    code = school_class.code
    if asked.session is not None:
        if asked.session.class_id != school_class.id:
            raise InputError(f"Session {asked.session.id} is not of {code}. See all: app.py session list {code}")
        return asked.session
    day = asked.day or clock.today(clock.school_zone(settings))
    begun = [one for one in sessions.sessions_on(db, day, day, [school_class.id]) if one.starts_at <= clock.now()]
    taken = [one for one in begun if one.taken_at is not None]
    if not begun:
        raise NotFoundError(f"{code} had no lesson on {day} yet. Choose another day with --day.")
    return (taken or begun)[-1]


REPORT = Report(
    "missing",
    "Here today, but missing from this class",
    "Students who miss a lesson although another lesson or a camera saw them on the same day.",
    (ONE_CLASS, DAY, SESSION),
    run,
)
