"""Who is below the minimum."""

from sqlalchemy.orm import Session

from core.reports.minimum import NO_MARKS, TAKES, warned, where
from core.reports.parameters import Asked
from core.reports.registry import Report
from core.reports.result import ReportResult
from core.reports.standing import Standing
from core.settings import Settings
from core.words import counted


def run(db: Session, settings: Settings, asked: Asked) -> ReportResult:
    """Students of classes whose attendance over the lessons held is below the threshold."""
    found = warned(db, settings, asked, "Below the minimum", _is_below)
    lost = sum(one.is_lost(found.minimum) for one in found.standings)
    students = len({one.student_id for one in found.standings})
    sentences = [f"Nobody is below {found.minimum:g} %." if found.any_marks else NO_MARKS]
    if found.standings:
        sentences = [
            f"{counted(students, 'student')} {'is' if students == 1 else 'are'} below {found.minimum:g} % in "
            f"{counted(len({one.class_id for one in found.standings}), 'class', 'classes')}."
        ]
    if lost:
        sentences.append(
            f"{lost} of the {counted(len(found.standings), 'entry', 'entries')} cannot reach it any more, "
            "even if every lesson to come is attended."
        )
    if found.span.note:
        sentences.append(found.span.note)
    title = f"Below {found.minimum:g} %, {where(asked)}, {found.span.first} to {found.span.last}"
    return ReportResult(REPORT.name, title, tuple(sentences), (found.table,))


def _is_below(one: Standing, minimum: float) -> bool:
    return one.held is not None and one.held < minimum


REPORT = Report(
    "below", "Below the minimum", "Students whose attendance is below a threshold, class by class.", TAKES, run
)
