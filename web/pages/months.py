"""The register of a class by month: read, opened mark by mark, saved as a file."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.errors import InputError
from core.files import safe_name
from core.records import Student
from core.reports.register_files import export_month, load_grid, month_period
from core.reports.status_cells import percent, shown_statuses
from core.statuses import list_all
from core.store.marks import MarkState
from core.store.register_grid import RegisterGrid
from core.store.statuses import Status
from web.site import site
from web.teaching import blueprint, class_numbered, download, own_classes, today
from web.wording import gettext as _

pages = blueprint("months", "/register")
ENDINGS = ("xlsx", "ods", "csv", "pdf")
_FIRST_YEAR, _LAST_YEAR = 1971, 2199


@pages.get("/")
def latest() -> ResponseReturnValue:
    """The first class, this month."""
    classes = own_classes()
    if not classes:
        return render_template("teacher/classes.html", classes=classes)
    return redirect(url_for("months.page", class_id=classes[0].school_class.id))


@pages.get("/<int:class_id>")
def page(class_id: int) -> ResponseReturnValue:
    """A month of a class, this one if none is named."""
    here, card, month = site(), class_numbered(class_id), _month()
    grid = load_grid(here.store, card.school_class.code, month_period(month.year, month.month))
    known = {one.code: one for one in list_all(here.store)}
    statuses = shown_statuses(known, {one.status for one in grid.states.values()})
    return render_template(
        "teacher/month.html",
        card=card,
        classes=own_classes(),
        month=month,
        before=_turned(month, -1),
        after=_turned(month, 1),
        grid=grid,
        known=known,
        statuses=statuses,
        rows=[_line(grid, one, statuses) for one in grid.students],
        endings=ENDINGS,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A student’s line.  states: by lesson; share: percent, None while nothing counts."""

    student: Student
    states: tuple[MarkState | None, ...]
    share: float | None


def _line(grid: RegisterGrid, student: Student, statuses: Iterable[Status]) -> Line:
    states = tuple(grid.states.get((one.id, student.id)) for one in grid.sessions)
    share = percent(Counter(one.status for one in states if one is not None), statuses)
    return Line(student, states, None if share is None else 100 * share)


@pages.get("/<int:class_id>/<month>.<ending>")
def file(class_id: int, month: str, ending: str) -> ResponseReturnValue:
    """The month as a file."""
    if ending not in ENDINGS:
        abort(404)
    here, code, first = site(), class_numbered(class_id).school_class.code, _read(month)
    name = f"{safe_name(code)}_{first:%Y-%m}.{ending}"
    return download(
        lambda path: export_month(here.store, here.settings, code, first.year, first.month, path), ending, name
    )


def _month() -> date:
    text = request.args.get("month", "")
    return _read(text) if text else today().replace(day=1)


def _read(text: str) -> date:
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        found = date.min
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise InputError(_("Write the month like 2026-11."))
    return found


def _turned(month: date, step: int) -> date:
    place = month.year * 12 + month.month - 1 + step
    return date(place // 12, place % 12 + 1, 1)
