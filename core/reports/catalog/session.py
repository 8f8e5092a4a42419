"""One lesson: who was there, when they came and went."""

from sqlalchemy.orm import Session

from core import clock
from core.errors import InputError, NotFoundError
from core.records import MarkRow
from core.reports.parameters import CLASS, SESSION, Asked
from core.reports.registry import Report
from core.reports.result import Cell, ReportResult, Table, columns
from core.reports.series import clock_time
from core.settings import Settings
from core.store import people, register
from core.store.sessions import SessionRow, latest_session
from core.store.statuses import status_set
from core.store.tallies import Scope, by_session
from core.words import counted, per_cent

COLUMNS = columns(
    "Roll",
    "Name",
    ("Status", "status"),
    ("Minutes late", "minutes"),
    ("First seen", "time"),
    ("Last seen", "time"),
    ("Minutes seen", "minutes"),
    "Reason",
    ("Source", "source"),
)


def run(db: Session, settings: Settings, asked: Asked) -> ReportResult:
    """Raises InputError when neither a session nor a class is given."""
    session = _session(db, asked)
    school_class = people.get_class_by_id(db, session.class_id)
    zone = clock.school_zone(settings)
    begin, end = clock_time(session.starts_at, zone), clock_time(session.ends_at, zone)
    rows = register.register_rows(db, session.id)
    statuses = status_set(db)

    def cells(row: MarkRow) -> tuple[Cell, ...]:
        seen = [None if one is None else clock_time(one, zone) for one in (row.first_seen, row.last_seen)]
        status = statuses.get(row.status, row.status)
        return row.roll, row.name, status, row.minutes_late, *seen, _minutes(row), row.reason, row.source

    of_day = by_session(db, Scope(session.day, session.day, [session.class_id]))
    tally = next((one.tally for one in of_day if one.session_id == session.id), None)
    if tally is None or not rows:
        sentences = [f"Nobody is marked in this lesson; it is {session.state}."]
    else:
        sentences = [
            f"{counted(tally.present + tally.late, 'student')} of {len(rows)} came, {tally.late} of them late; "
            f"{tally.absent} missed it and {tally.excused} were excused ({per_cent(tally.percent)})."
        ]
    if session.teacher:
        sentences.append(f"Taught by {session.teacher}.")
    title = f"{school_class.code} {school_class.name}, {session.day:%Y-%m-%d} {begin:%H:%M} to {end:%H:%M}"
    return ReportResult(
        REPORT.name, title, tuple(sentences), (Table("Register", COLUMNS, tuple(cells(one) for one in rows)),)
    )


def _session(db: Session, asked: Asked) -> SessionRow:
    if asked.session is not None:
        if asked.school_class is not None and asked.session.class_id != asked.school_class.id:
            raise InputError(f"Session {asked.session.id} is not of {asked.school_class.code}. Leave one of them out.")
        return asked.session
    if asked.school_class is None:
        raise InputError("The report session needs --session, or --class for the latest lesson of a class.")
    latest = latest_session(db, asked.school_class.id)
    if latest is None:
        code = asked.school_class.code
        raise NotFoundError(f"No lesson of {code} was opened or marked yet. Mark one: app.py mark {code} SOURCE")
    return latest


def _minutes(row: MarkRow) -> int | None:
    if row.first_seen is None or row.last_seen is None:
        return None
    return round((row.last_seen - row.first_seen).total_seconds() / 60)


REPORT = Report(
    "session",
    "One lesson",
    "Who was there, who came late or left early, and why somebody was missing.",
    (SESSION, CLASS),
    run,
)
