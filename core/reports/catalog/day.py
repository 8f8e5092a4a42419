"""One day: every lesson with its figures."""

from sqlalchemy.orm import Session

from core import clock
from core.reports.parameters import CLASS, DAY, Asked
from core.reports.registry import Report
from core.reports.result import Cell, ReportResult, Table, columns
from core.reports.series import TALLY_COLUMNS, clock_time, tally_cells
from core.settings import Settings
from core.store import people
from core.store.sessions import CANCELLED
from core.store.tallies import Scope, Tally, by_session, total
from core.timetable import Lesson, lessons_between
from core.words import DAYS, counted, per_cent

COLUMNS = (*columns(("Start", "time"), ("End", "time"), "Class", "Name", "Lesson", "State"), *TALLY_COLUMNS)


def run(db: Session, settings: Settings, asked: Asked) -> ReportResult:
    """The lessons of the day, planned ones too."""
    zone = clock.school_zone(settings)
    day = asked.day or clock.today(zone)
    lessons = lessons_between(db, settings, day, day, asked.class_ids)
    tallies = {one.session_id: one.tally for one in by_session(db, Scope(day, day, asked.class_ids))}
    classes = {one.id: one for one in people.list_classes(db)}

    def tally_of(lesson: Lesson) -> Tally:
        return tallies.get(lesson.session.id, Tally()) if lesson.session else Tally()

    def cells(lesson: Lesson) -> tuple[Cell, ...]:
        of = classes[lesson.class_id]
        times = clock_time(lesson.starts_at, zone), clock_time(lesson.ends_at, zone)
        return *times, of.code, of.name, lesson.title, lesson.state, *tally_cells(tally_of(lesson))

    on = [one for one in lessons if one.state != CANCELLED]
    marked = [one for one in on if tally_of(one).marks]
    everybody = total(tally_of(one) for one in marked)
    sentences = [
        f"{counted(len(on), 'lesson')} on this day, {len(marked)} with marks." if on else "No lesson on this day."
    ]
    if marked:
        sentences.append(
            f"Attendance was {per_cent(everybody.percent)}: {everybody.absent} missed a lesson, "
            f"{everybody.late} came late, {everybody.excused} were excused."
        )
    if len(lessons) > len(on):
        sentences.append(f"{counted(len(lessons) - len(on), 'lesson')} did not take place.")
    where = asked.school_class.code if asked.school_class else "whole school"
    table = Table("Lessons", COLUMNS, tuple(cells(one) for one in lessons))
    return ReportResult(REPORT.name, f"{DAYS[day.weekday()]} {day}, {where}", tuple(sentences), (table,))


REPORT = Report("day", "One day", "Every lesson of a day with its figures.", (DAY, CLASS), run)
