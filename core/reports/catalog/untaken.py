"""Registers that were not taken."""

from collections import Counter
from datetime import timedelta

from sqlalchemy.orm import Session

from core import clock
from core.reports.parameters import CLASS, Asked, Parameter
from core.reports.registry import Report
from core.reports.result import Cell, ReportResult, Table, columns
from core.reports.series import clock_time
from core.reports.untaken import untaken_lessons
from core.settings import Settings
from core.store import people
from core.store.tallies import Scope, by_session
from core.timetable import Lesson
from core.words import counted

COLUMNS = columns(
    ("Day", "date"),
    ("Start", "time"),
    "Class",
    "Name",
    "Teacher",
    "Lesson",
    "State",
    ("Session", "number"),
)
WITHOUT_FROM = 30
"""Days looked back when nobody says since when."""
FROM = Parameter("from", "day", "First day, like 2026-11-01.", f"{WITHOUT_FROM} days ago")
TO = Parameter("to", "day", "Last day, like 2026-11-30.", "today")


def run(db: Session, settings: Settings, asked: Asked) -> ReportResult:
    """Lessons that are over, were not cancelled and have no mark."""
    zone = clock.school_zone(settings)
    last = asked.last or clock.today(zone)
    first = asked.first or last - timedelta(days=WITHOUT_FROM)
    classes = {one.id: one for one in people.list_classes(db)}
    lessons = untaken_lessons(db, settings, first, last, asked.class_ids)

    def cells(lesson: Lesson) -> tuple[Cell, ...]:
        of = classes[lesson.class_id]
        state = "never opened" if lesson.session is None else f"{lesson.session.state}, without a mark"
        number = None if lesson.session is None else lesson.session.id
        return lesson.day, clock_time(lesson.starts_at, zone), of.code, of.name, of.teacher, lesson.title, state, number

    by_teacher = Counter(classes[one.class_id].teacher or "nobody named" for one in lessons)
    sentences = [f"{counted(len(lessons), 'register')} not taken from {first} to {last}."]
    if not lessons:
        held = by_session(db, Scope(first, last, asked.class_ids))
        done = f"Every register from {first} to {last} was taken."
        sentences = [done if held else f"There was no lesson from {first} to {last}."]
    if len(by_teacher) > 1:
        most = "; ".join(f"{name}: {count}" for name, count in by_teacher.most_common(5))
        sentences.append(f"Most of them: {most}.")
    where = asked.school_class.code if asked.school_class else "whole school"
    table = Table("Registers not taken", COLUMNS, tuple(cells(one) for one in lessons))
    return ReportResult(REPORT.name, f"Registers not taken, {first} to {last}, {where}", tuple(sentences), (table,))


REPORT = Report(
    "untaken",
    "Registers not taken",
    "Lessons that are over and have no mark, with who teaches them.",
    (CLASS, FROM, TO),
    run,
)
