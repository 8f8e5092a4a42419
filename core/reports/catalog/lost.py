"""Who cannot reach the minimum any more."""

from sqlalchemy.orm import Session

from core.reports.minimum import NO_MARKS, TAKES, warned, where
from core.reports.parameters import Asked
from core.reports.registry import Report
from core.reports.result import ReportResult
from core.reports.standing import Standing
from core.settings import Settings
from core.words import counted


def run(db: Session, settings: Settings, asked: Asked) -> ReportResult:
    """Students of classes who would stay below the threshold even if they attended every lesson to come."""
    found = warned(db, settings, asked, "Cannot reach the minimum any more", Standing.is_lost)
    students = len({one.student_id for one in found.standings})
    said = f"Everybody can still reach {found.minimum:g} %." if found.any_marks else NO_MARKS
    if students:
        said = (
            f"{counted(students, 'student')} cannot reach {found.minimum:g} % any more, "
            "even if every lesson to come is attended."
        )
    sentences = (said, *([found.span.note] if found.span.note else []))
    title = f"Cannot reach {found.minimum:g} % any more, {where(asked)}, until {found.span.last}"
    return ReportResult(REPORT.name, title, sentences, (found.table,))


REPORT = Report(
    "lost",
    "Cannot reach the minimum any more",
    "Students who stay below the threshold even if they attend every lesson to come.",
    TAKES,
    run,
)
