"""One student: every class, and the last lessons."""

from sqlalchemy.orm import Session

from core import clock
from core.records import Student
from core.reports.parameters import CLASS, FROM, ONE_STUDENT, TO, Asked
from core.reports.registry import Report
from core.reports.result import ReportResult, Table, columns
from core.reports.series import TALLY_COLUMNS, clock_time, tally_cells, trend
from core.reports.standing import Span, Standing, span_of, standings
from core.settings import Settings
from core.store import people
from core.store.history import last_marks
from core.store.statuses import status_set
from core.store.tallies import Scope, by_session, total
from core.words import counted, per_cent

CLASS_COLUMNS = (
    *columns("Class", "Name"),
    *TALLY_COLUMNS,
    *columns(("Of all planned", "percent"), ("Best possible", "percent"), ("To come", "number")),
)
LESSON_COLUMNS = columns(
    ("Day", "date"),
    ("Start", "time"),
    "Class",
    ("Status", "status"),
    ("Minutes late", "minutes"),
    "Reason",
    ("Source", "source"),
)
LAST_LESSONS = 50


def run(db: Session, settings: Settings, asked: Asked) -> ReportResult:
    """The student's classes and the last lessons, newest first."""
    student = _given(asked)
    class_ids = asked.class_ids or [one.id for one in people.classes_of(db, student.id)]
    span = span_of(db, settings, asked.first, asked.last, class_ids)
    found = standings(db, settings, span, class_ids, [student.id])
    sessions = by_session(db, Scope(span.first, span.last, class_ids, [student.id]))
    tables = (_classes(db, student, found), _lessons(db, settings, student, span, asked.class_ids))
    title = f"{student.roll} {student.name}, {span.first} to {span.last}"
    charts = trend([one for one in sessions if one.tally.marks], "Attendance over time", settings.minimum_percent)
    return ReportResult(
        REPORT.name, title, _sentences(asked, found, span, settings.minimum_percent), tables, tuple(charts)
    )


def _given(asked: Asked) -> Student:
    if asked.student is None:
        raise ValueError("the report was run without its student")
    return asked.student


def _sentences(asked: Asked, found: list[Standing], span: Span, minimum: float) -> tuple[str, ...]:
    if not found:
        where = f"is not on the roster of {asked.school_class.code}" if asked.school_class else "is in no class"
        return (f"This student {where}.",)
    all_classes = total(one.tally for one in found)
    if not all_classes.marks:
        return ("No lesson of this student was marked in this time.",)
    said = [
        f"Attendance is {per_cent(all_classes.percent)} in {counted(len(found), 'class', 'classes')}: "
        f"{counted(all_classes.absent, 'absence')}, {all_classes.late} late, {all_classes.excused} excused."
    ]
    lost = sum(one.is_lost(minimum) for one in found)
    below = sum(one.held is not None and one.held < minimum for one in found)
    if below:
        said.append(f"Below {minimum:g} % in {counted(below, 'class', 'classes')}.")
    if lost:
        said.append(f"In {counted(lost, 'class', 'classes')} the minimum cannot be reached any more.")
    return (*said, *([span.note] if span.note else []))


def _classes(db: Session, student: Student, found: list[Standing]) -> Table:
    by_class = {one.class_id: one for one in found}
    rows = (
        (one.code, one.name, *tally_cells(each.tally), each.planned, each.best, each.ahead)
        for one in people.classes_of(db, student.id)
        if (each := by_class.get(one.id)) is not None
    )
    return Table("Classes", CLASS_COLUMNS, tuple(rows))


def _lessons(db: Session, settings: Settings, student: Student, span: Span, class_ids: list[int] | None) -> Table:
    zone, statuses = clock.school_zone(settings), status_set(db)
    scope = Scope(span.first, span.last, class_ids, [student.id])
    rows = (
        (
            one.session.day,
            clock_time(one.session.starts_at, zone),
            one.class_code,
            statuses.get(one.status, one.status),
            one.minutes_late,
            one.reason,
            one.source,
        )
        for one in last_marks(db, scope, settings.early_leave_minutes, LAST_LESSONS)
    )
    return Table(f"The last {LAST_LESSONS} lessons", LESSON_COLUMNS, tuple(rows))


REPORT = Report(
    "student",
    "One student",
    "A student in every class: held, planned, best still possible, and the last lessons.",
    (ONE_STUDENT, CLASS, FROM, TO),
    run,
)
