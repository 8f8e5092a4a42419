"""Who came late, left early, and for how long they were there."""

from sqlalchemy.orm import Session

from core.reports.minimum import where
from core.reports.parameters import CLASS, FROM, STUDENT, UNTIL_TODAY, Asked, Parameter
from core.reports.registry import Report
from core.reports.result import Cell, ReportResult, Table, columns
from core.reports.standing import span_of
from core.settings import Settings
from core.store import tallies
from core.store.presence import Punctuality, punctuality
from core.store.tallies import Scope
from core.store.text import natural_order
from core.words import counted

COLUMNS = columns(
    "Roll",
    "Name",
    ("Times late", "number"),
    ("Minutes late", "minutes"),
    ("Longest", "minutes"),
    ("Left early", "number"),
    ("Lessons seen", "number"),
    ("Minutes seen", "minutes"),
    ("A lesson", "minutes"),
)
TAKES = (
    CLASS,
    STUDENT,
    Parameter("threshold", "number", "From how many times late or gone early.", "1"),
    FROM,
    UNTIL_TODAY,
)


def run(db: Session, settings: Settings, asked: Asked) -> ReportResult:
    """Students by how often they came late; those never late nor gone early are left out unless one is asked for."""
    span = span_of(db, settings, asked.first, asked.last, asked.class_ids, to_come=False)
    student_ids = None if asked.student is None else [asked.student.id]
    scope = Scope(span.first, span.last, asked.class_ids, student_ids)
    everybody = punctuality(db, scope, settings.early_leave_minutes)
    least = int(asked.threshold or 1)
    chosen = [one for one in everybody if asked.student or max(one.late, one.early_leaves) >= least]
    named = tallies.names_of(db, {one.student_id for one in chosen})
    chosen.sort(key=lambda one: (-one.late, -one.minutes_late, natural_order(named[one.student_id][0])))

    def cells(one: Punctuality) -> tuple[Cell, ...]:
        each = round(one.minutes_seen / one.lessons_seen) if one.lessons_seen else None
        late = (one.late, one.minutes_late, one.longest or None)
        return *named[one.student_id], *late, one.early_leaves, one.lessons_seen, one.minutes_seen, each

    late = sum(one.late for one in everybody)
    early = sum(one.early_leaves for one in everybody)
    minutes = counted(sum(one.minutes_late for one in everybody), "minute")
    sentences = (
        f"{counted(late, 'late arrival')}, {minutes} altogether, by "
        f"{counted(sum(one.late > 0 for one in everybody), 'student')}.",
        f"{counted(early, 'time', 'times')} somebody was last seen more than {settings.early_leave_minutes} minutes "
        "before the end of a lesson in which others were seen longer.",
    )
    title = f"Late and gone early, {where(asked)}, {span.first} to {span.last}"
    return ReportResult(REPORT.name, title, sentences, (Table("Students", COLUMNS, tuple(map(cells, chosen))),))


REPORT = Report(
    "lateness",
    "Late and gone early",
    "How often and how long students came late, who left early, how long they were there.",
    TAKES,
    run,
)
