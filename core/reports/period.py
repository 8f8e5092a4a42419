"""A month or any other time, of one class or the whole school: what the reports ``month`` and ``range`` share."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from core import clock
from core.records import SchoolClass
from core.reports.result import ReportResult, Table, columns
from core.reports.series import TALLY_COLUMNS, distribution, grouped, heat_map, tally_cells, trend
from core.settings import Settings
from core.store import people, tallies
from core.store.tallies import Scope, SessionTally, Tally, total
from core.store.text import natural_order
from core.words import DAYS, counted, per_cent

DAY_COLUMNS = (*columns(("Day", "date"), "Weekday", ("Lessons", "number")), *TALLY_COLUMNS)
CLASS_COLUMNS = (*columns("Class", "Name", "Teacher", ("Lessons", "number")), *TALLY_COLUMNS)
STUDENT_COLUMNS = (*columns("Roll", "Name"), *TALLY_COLUMNS, *columns(("Minutes late", "minutes")))


def period_report(
    db: Session, settings: Settings, name: str, title: str, days: tuple[date, date], school_class: SchoolClass | None
) -> ReportResult:
    """The figures of the days from the first to the last, both included."""
    class_ids = None if school_class is None else [school_class.id]
    scope = Scope(*days, class_ids)
    sessions = [one for one in tallies.by_session(db, scope) if one.tally.marks]
    where = "whole school" if school_class is None else f"{school_class.code} {school_class.name}"
    if not sessions:
        return ReportResult(name, f"{title}, {where}", (f"No lesson was marked from {days[0]} to {days[1]}.",))
    by_student = tallies.by_student(db, scope)
    minimum = settings.minimum_percent
    tables = [_days(sessions)]
    if school_class is None:
        tables.append(_classes(db, sessions))
        below = {one: each for one, each in by_student.items() if (each.percent or 0) < minimum and each.counted}
        tables.append(_students(db, below, f"Students below {minimum:g} %"))
    else:
        tables.append(_students(db, by_student, "Students"))
    percents = [one.percent for one in by_student.values()]
    charts = (
        trend(sessions, "Attendance over time", minimum)
        + heat_map(sessions, "Attendance by weekday and hour", clock.school_zone(settings))
        + distribution(percents, "Students by their attendance", minimum)
    )
    sentences = _sentences(sessions, by_student, minimum)
    return ReportResult(name, f"{title}, {where}", sentences, tuple(tables), tuple(charts))


def _sentences(sessions: Sequence[SessionTally], by_student: dict[int, Tally], minimum: float) -> tuple[str, ...]:
    everybody = total(one.tally for one in sessions)
    said = [
        f"{counted(len(sessions), 'lesson')} were marked for {counted(len(by_student), 'student')}. Attendance was "
        f"{per_cent(everybody.percent)}: {counted(everybody.absent, 'absence')}, {everybody.late:,} late, "
        f"{everybody.excused:,} excused."
    ]
    by_weekday = grouped(sessions, lambda one: one.day.weekday())
    ranked = sorted((each.percent, day) for day, each in by_weekday.items() if each.percent is not None)
    if len(ranked) > 1 and ranked[-1][0] - ranked[0][0] >= 1:
        (low, weakest), (high, best) = ranked[0], ranked[-1]
        said.append(f"{DAYS[best]} was best with {high:.1f} %, {DAYS[weakest]} weakest with {low:.1f} %.")
    below = sum(each.percent is not None and each.percent < minimum for each in by_student.values())
    said.append(
        f"{counted(below, 'student')} {'is' if below == 1 else 'are'} below {minimum:g} %."
        if below
        else f"Nobody is below {minimum:g} %."
    )
    return tuple(said)


def _days(sessions: Sequence[SessionTally]) -> Table:
    lessons: dict[date, int] = {}
    for one in sessions:
        lessons[one.day] = lessons.get(one.day, 0) + 1
    by_day = sorted(grouped(sessions, lambda one: one.day).items())
    rows = ((day, DAYS[day.weekday()], lessons[day], *tally_cells(each)) for day, each in by_day)
    return Table("Days", DAY_COLUMNS, tuple(rows))


def _classes(db: Session, sessions: Sequence[SessionTally]) -> Table:
    lessons: dict[int, int] = {}
    for one in sessions:
        lessons[one.class_id] = lessons.get(one.class_id, 0) + 1
    by_class = grouped(sessions, lambda one: one.class_id)
    rows = (
        (one.code, one.name, one.teacher, lessons[one.id], *tally_cells(by_class[one.id]))
        for one in people.list_classes(db)
        if one.id in by_class
    )
    return Table("Classes", CLASS_COLUMNS, tuple(rows))


def _students(db: Session, by_student: dict[int, Tally], title: str) -> Table:
    named = tallies.names_of(db, by_student)
    rows = [(*named[one], *tally_cells(each), each.minutes_late) for one, each in by_student.items()]
    return Table(title, STUDENT_COLUMNS, tuple(sorted(rows, key=lambda row: natural_order(str(row[0])))))
