"""Any days, of a class or of the whole school."""

from sqlalchemy.orm import Session

from core.reports.parameters import CLASS, FROM, UNTIL_TODAY, Asked
from core.reports.period import period_report
from core.reports.registry import Report
from core.reports.result import ReportResult
from core.reports.standing import span_of
from core.settings import Settings


def run(db: Session, settings: Settings, asked: Asked) -> ReportResult:
    """As the month, over the days asked for."""
    span = span_of(db, settings, asked.first, asked.last, asked.class_ids, to_come=False)
    title = f"{span.first} to {span.last}"
    return period_report(db, settings, REPORT.name, title, (span.first, span.last), asked.school_class)


REPORT = Report(
    "range",
    "Any days",
    "Days, classes and students from one day to another, with charts.",
    (FROM, UNTIL_TODAY, CLASS),
    run,
)
