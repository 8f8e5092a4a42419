"""Who changed what in the register."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from sqlalchemy.orm import Session

from core import clock
from core.reports.minimum import where
from core.reports.parameters import CLASS, STUDENT, Asked, Parameter
from core.reports.registry import Report
from core.reports.result import Cell, ReportResult, Table, columns
from core.reports.series import clock_moment, clock_time
from core.settings import Settings
from core.store.lines import ChangeLine, change_lines
from core.store.marks import MarkState
from core.store.statuses import Status, status_set
from core.store.tallies import Scope
from core.words import counted

COLUMNS = columns(
    ("When", "moment"),
    "By",
    "Class",
    ("Day", "date"),
    ("Start", "time"),
    "Roll",
    "Name",
    ("Before", "status"),
    ("After", "status"),
    "Why",
    "Note",
)
MOST = 1000
TAKES = (
    CLASS,
    STUDENT,
    Parameter("session", "session", "Number of a session.", "all sessions"),
    Parameter("from", "day", "Changes made from this day on.", "the beginning"),
    Parameter("to", "day", "Changes made until this day.", "today"),
)


def run(db: Session, settings: Settings, asked: Asked) -> ReportResult:
    """What people changed, newest first; what recognition and the clock did is left out."""
    zone, statuses = clock.school_zone(settings), status_set(db)
    scope = Scope(class_ids=asked.class_ids, student_ids=None if asked.student is None else [asked.student.id])
    lines = change_lines(
        db,
        scope,
        session_id=None if asked.session is None else asked.session.id,
        since=None if asked.first is None else _midnight(asked.first, zone),
        until=None if asked.last is None else _midnight(asked.last + timedelta(days=1), zone),
        limit=MOST + 1,
    )
    shown = lines[:MOST]

    def status(state: MarkState | None) -> Status | str | None:
        return None if state is None else statuses.get(state.status, state.status)

    def cells(one: ChangeLine) -> tuple[Cell, ...]:
        lesson = (one.class_code, one.day, clock_time(one.starts_at, zone))
        change = (status(one.before), status(one.after), one.why, _note(one))
        return clock_moment(one.at, zone), one.by, *lesson, one.roll, one.name, *change

    by = Counter(one.by for one in shown)
    sentences = [f"{counted(len(shown), 'change')} by {counted(len(by), 'person', 'people')}."]
    if not shown:
        sentences = ["Nobody changed a mark."]
    if len(lines) > MOST:
        sentences = [f"The last {MOST:,} changes; ask for a class, a student or fewer days to see earlier ones."]
    if len(by) > 1:
        sentences.append("Most by " + "; ".join(f"{name}: {count}" for name, count in by.most_common(3)) + ".")
    table = Table("Changes", COLUMNS, tuple(cells(one) for one in shown))
    return ReportResult(REPORT.name, f"Who changed what, {where(asked)}", tuple(sentences), (table,))


def _note(one: ChangeLine) -> str | None:
    """What the two statuses do not tell."""
    if one.undone:
        return "taken back later"
    if one.undoes:
        return "takes a change back"
    before, after = one.before, one.after
    if before is not None and after is not None and before.status == after.status:
        if before.minutes_late != after.minutes_late:
            return f"{after.minutes_late or 0} minutes late, before {before.minutes_late or 0}"
        return "the reason" if before.reason != after.reason else "confirmed"
    return None


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    naive = datetime.combine(day, time())
    return (naive.replace(tzinfo=zone) if zone else naive.astimezone()).astimezone(UTC)


REPORT = Report(
    "changes",
    "Who changed what",
    "Every change of a mark by a person: who, when, before, after and why.",
    TAKES,
    run,
)
