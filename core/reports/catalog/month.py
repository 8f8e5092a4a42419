"""One month, of a class or of the whole school."""

from sqlalchemy.orm import Session

from core import clock
from core.reports.parameters import CLASS, MONTH, Asked
from core.reports.period import period_report
from core.reports.registry import Report
from core.reports.result import ReportResult
from core.settings import Settings


def run(db: Session, settings: Settings, asked: Asked) -> ReportResult:
    """The month's days, classes or students, and charts."""
    days = clock.month_days(asked.month or clock.today(clock.school_zone(settings)))
    return period_report(db, settings, REPORT.name, f"Month {days[0]:%Y-%m}", days, asked.school_class)


REPORT = Report("month", "One month", "Days, classes and students of a month, with charts.", (MONTH, CLASS), run)
