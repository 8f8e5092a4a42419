"""Charts of reports as pictures."""

from core.records import Image
from core.reports.charts.drawing import draw
from core.reports.charts.style import as_image
from core.reports.result import ReportResult


def chart_image(result: ReportResult) -> Image:
    """All charts of a report as one picture, ``(h, w, 3) uint8 BGR``."""
    return as_image(draw(result.charts))
