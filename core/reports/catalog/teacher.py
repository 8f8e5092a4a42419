"""One teacher: the classes, what was held and what was not taken."""

from collections import defaultdict

from sqlalchemy.orm import Session

from core import clock
from core.reports.parameters import FROM, ONE_TEACHER, UNTIL_TODAY, Asked
from core.reports.registry import Report
from core.reports.result import ReportResult, Table, columns
from core.reports.series import TALLY_COLUMNS, grouped, heat_map, tally_cells, trend
from core.reports.standing import Span, span_of
from core.reports.untaken import untaken_lessons
from core.settings import Settings
from core.store import people
from core.store.tallies import Scope, SessionTally, Tally, by_session, total
from core.store.teachers import Teacher
from core.words import counted, per_cent

COLUMNS = (
    *columns("Class", "Name", ("Students", "number"), ("Lessons held", "number"), ("Not taken", "number")),
    *TALLY_COLUMNS,
)


def run(db: Session, settings: Settings, asked: Asked) -> ReportResult:
    """The classes the teacher is named for, whoever stood in for a lesson."""
    teacher = asked.teacher
    if teacher is None:
        raise ValueError("the report was run without its teacher")
    classes = [one for one in people.list_classes(db) if teacher.name in one.teachers]
    class_ids = [one.id for one in classes]
    span = span_of(db, settings, asked.first, asked.last, class_ids, to_come=False)
    sessions = [one for one in by_session(db, Scope(span.first, span.last, class_ids)) if one.tally.marks]
    missing: dict[int, int] = defaultdict(int)
    for lesson in untaken_lessons(db, settings, span.first, span.last, class_ids):
        missing[lesson.class_id] += 1
    by_class = grouped(sessions, lambda one: one.class_id)
    lessons = {one: sum(each.class_id == one for each in sessions) for one in class_ids}
    rows = []
    for one in classes:
        figures = (len(people.roster(db, one.id)), lessons[one.id], missing[one.id])
        rows.append((one.code, one.name, *figures, *tally_cells(by_class.get(one.id, Tally()))))
    charts = trend(sessions, "Attendance over time", settings.minimum_percent)
    charts += heat_map(sessions, "Attendance by weekday and hour", clock.school_zone(settings))
    sentences = _sentences(teacher, len(classes), sessions, sum(missing.values()))
    title = _title(teacher, span)
    return ReportResult(REPORT.name, title, sentences, (Table("Classes", COLUMNS, tuple(rows)),), tuple(charts))


def _title(teacher: Teacher, span: Span) -> str:
    return f"{teacher.name}, {span.first} to {span.last}"


def _sentences(teacher: Teacher, classes: int, sessions: list[SessionTally], missing: int) -> tuple[str, ...]:
    everybody = total(one.tally for one in sessions)
    said = [
        f"{teacher.name} teaches {counted(classes, 'class', 'classes')}: {counted(len(sessions), 'lesson')} held, "
        f"attendance {per_cent(everybody.percent)}."
    ]
    if missing:
        said.append(f"{counted(missing, 'register')} {'was' if missing == 1 else 'were'} not taken.")
    return tuple(said)


REPORT = Report(
    "teacher",
    "One teacher",
    "The classes of a teacher: lessons held, registers not taken, attendance.",
    (ONE_TEACHER, FROM, UNTIL_TODAY),
    run,
)
