"""One class: every student, held, planned and at best."""

from sqlalchemy.orm import Session

from core import clock
from core.records import SchoolClass
from core.reports.parameters import FROM, ONE_CLASS, TO, Asked
from core.reports.registry import Report
from core.reports.result import Cell, ReportResult, Table, columns
from core.reports.series import TALLY_COLUMNS, distribution, heat_map, tally_cells, trend
from core.reports.standing import Standing, span_of, standings
from core.settings import Settings
from core.store import tallies
from core.store.tallies import Scope, by_session, total
from core.store.text import natural_order
from core.words import counted, per_cent

COLUMNS = (
    *columns("Roll", "Name"),
    *TALLY_COLUMNS,
    *columns(("Of all planned", "percent"), ("Best possible", "percent"), ("To come", "number"), "Note"),
)


def run(db: Session, settings: Settings, asked: Asked) -> ReportResult:
    """The students of the class's roster, those who left with what they have."""
    school_class = _given(asked)
    span = span_of(db, settings, asked.first, asked.last, [school_class.id])
    found = standings(db, settings, span, [school_class.id])
    scope = Scope(span.first, span.last, [school_class.id])
    sessions = [one for one in by_session(db, scope) if one.tally.marks]
    title = f"{school_class.code} {school_class.name}, {span.first} to {span.last}"
    if not found and not sessions:
        code = school_class.code
        return ReportResult(
            REPORT.name, title, (f"{code} has no students yet. Enrol some: app.py enrol {code} FOLDER",)
        )
    minimum = settings.minimum_percent
    charts = (
        trend(sessions, "Attendance over time", minimum)
        + heat_map(sessions, "Attendance by weekday and hour", clock.school_zone(settings))
        + distribution([one.held for one in found], "Students by their attendance", minimum)
    )
    everybody = total(one.tally for one in sessions)
    ahead = max((one.ahead for one in found), default=0)
    sentences = [
        f"{counted(len(sessions), 'lesson')} held, {ahead} to come. Attendance is {per_cent(everybody.percent)}: "
        f"{counted(everybody.absent, 'absence')}, {everybody.late} late, {everybody.excused} excused.",
        *_warnings(found, minimum),
        *([span.note] if span.note else []),
    ]
    table = _students(db, found, scope, minimum)
    return ReportResult(REPORT.name, title, tuple(sentences), (table,), tuple(charts))


def _given(asked: Asked) -> SchoolClass:
    if asked.school_class is None:
        raise ValueError("the report was run without its class")
    return asked.school_class


def _warnings(found: list[Standing], minimum: float) -> list[str]:
    below = sum(one.held is not None and one.held < minimum for one in found)
    lost = sum(one.is_lost(minimum) for one in found)
    if not below:
        return [f"Nobody is below {minimum:g} %."]
    more = f", of whom {lost} cannot reach it any more" if lost else ""
    return [f"{counted(below, 'student')} {'is' if below == 1 else 'are'} below {minimum:g} %{more}."]


def _students(db: Session, found: list[Standing], scope: Scope, minimum: float) -> Table:
    on_roster = {one.student_id for one in found}
    left = {one: each for one, each in tallies.by_student(db, scope).items() if one not in on_roster}
    named = tallies.names_of(db, on_roster | left.keys())
    rows: list[tuple[Cell, ...]] = [
        (*named[one.student_id], *tally_cells(one.tally), one.planned, one.best, one.ahead, note_of(one, minimum))
        for one in found
    ]
    rows += [(*named[one], *tally_cells(each), None, None, None, "not on the roster") for one, each in left.items()]
    return Table("Students", COLUMNS, tuple(sorted(rows, key=lambda row: natural_order(str(row[0])))))


def note_of(one: Standing, minimum: float) -> str | None:
    """What a percentage below the minimum means, in words."""
    if one.is_lost(minimum):
        return f"cannot reach {minimum:g} % any more"
    return f"below {minimum:g} %" if one.held is not None and one.held < minimum else None


REPORT = Report(
    "class",
    "One class",
    "Every student of a class: held, of all planned, best still possible, with charts.",
    (ONE_CLASS, FROM, TO),
    run,
)
