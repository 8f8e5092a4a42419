"""Absences in a row."""

from datetime import timedelta

from sqlalchemy.orm import Session

from core import clock
from core.reports.minimum import where
from core.reports.parameters import CLASS, STUDENT, Asked, Parameter
from core.reports.registry import Report
from core.reports.result import ReportResult, Table, columns
from core.settings import Settings
from core.store import people, tallies
from core.store.absences import absence_runs
from core.store.tallies import Scope
from core.store.text import natural_order
from core.words import counted

COLUMNS = columns(
    "Roll",
    "Name",
    ("Lessons in a row", "number"),
    ("First day", "date"),
    ("Last day", "date"),
    "Still going on",
    "Mail of the parents",
)
IN_A_ROW = 3
WITHOUT_FROM = 60
"""Days looked back in the whole school when nobody says since when."""
TAKES = (
    CLASS,
    STUDENT,
    Parameter("threshold", "number", "From how many lessons in a row.", str(IN_A_ROW)),
    Parameter("ended", "yes or no", "Also those that are over.", "no"),
    Parameter("from", "day", "First day, like 2026-11-01.", f"{WITHOUT_FROM} days ago"),
    Parameter("to", "day", "Last day, like 2026-11-30.", "today"),
)


def run(db: Session, settings: Settings, asked: Asked) -> ReportResult:
    """Lessons missed one after another, of one class or of all a student's lessons; longest first."""
    last = asked.last or clock.today(clock.school_zone(settings))
    first = asked.first or last - timedelta(days=WITHOUT_FROM)
    at_least = int(asked.threshold or IN_A_ROW)
    student_ids = None if asked.student is None else [asked.student.id]
    everything = absence_runs(db, Scope(first, last, asked.class_ids, student_ids), at_least)
    found = [one for one in everything if asked.ended or one.going_on]
    named = tallies.names_of(db, {one.student_id for one in found})
    mails = {one.id: one.parents_email for one in (people.get_student_by_id(db, one) for one in named)}
    found.sort(key=lambda one: (not one.going_on, -one.lessons, natural_order(named[one.student_id][0])))
    rows = (
        (
            *named[one.student_id],
            one.lessons,
            one.first_day,
            one.last_day,
            "yes" if one.going_on else "no",
            mails[one.student_id],
        )
        for one in found
    )
    going_on = sum(one.going_on for one in found)
    said = f"{counted(going_on, 'student')} missed the last {at_least} lessons or more in a row."
    if not going_on:
        said = f"Nobody missed the last {at_least} lessons in a row."
    over = len(found) - going_on
    sentences = (said, *([f"{counted(over, 'run')} of absences ended since {first}."] if over else []))
    title = f"{at_least} absences or more in a row, {where(asked)}, {first} to {last}"
    return ReportResult(REPORT.name, title, sentences, (Table("Absences in a row", COLUMNS, tuple(rows)),))


REPORT = Report(
    "absences",
    "Absences in a row",
    "Students who missed several lessons one after another; excused lessons neither count nor end it.",
    TAKES,
    run,
)
