"""The workbooks with whole registers: of one class, of a month, of all classes."""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from io import BytesIO

from xlsxwriter.workbook import Workbook

from core.clock import local, time_text
from core.reports import sheet_state
from core.reports.class_summary import add_summary
from core.reports.grid import GridPage, HeadRow, state_of
from core.reports.grid_page import add_grid_page
from core.reports.register_sessions import add_sessions
from core.reports.status_cells import shown_statuses
from core.reports.workbook import Look, clean_text, new_workbook, page_names, text_width
from core.store.register_grid import RegisterGrid
from core.store.sessions import SessionRow
from core.store.statuses import Status
from core.words import DAYS, MONTHS, long_date, short_date

_LONGEST_TITLE = 28
_POINTS_A_LETTER = 4.4
REGISTER = "Register"


@dataclass(frozen=True, slots=True)
class School:
    """What all registers of a school share.  zone: None stands for the computer's own; minimum: percent."""

    name: str
    zone: tzinfo | None
    statuses: Mapping[str, Status]
    minimum: float

    def statuses_of(self, grids: Iterable[RegisterGrid]) -> list[Status]:
        """The statuses that the pages show."""
        return shown_statuses(self.statuses, {state.status for grid in grids for state in grid.states.values()})


def register_workbook(grid: RegisterGrid, school: School) -> bytes:
    """A class's register, one column a session, with a page about the sessions and a chart.

    The same register gives the same bytes.
    """
    page = register_table_page(grid, school)
    buffer = BytesIO()
    book = _begin(buffer, f"Register {grid.school_class.code}", [grid], school)
    look = Look(book)
    add_grid_page(book, look, page)
    add_sessions(book, look, page, school.zone)
    return _end(book, buffer, [page], page.statuses)


def month_workbook(grid: RegisterGrid, school: School, year: int, month: int) -> bytes:
    """A class's register of one month: a column for each day, several for a day with several sessions."""
    page = month_page(grid, school, year, month)
    buffer = BytesIO()
    book = _begin(buffer, f"Register {grid.school_class.code} {year}-{month:02}", [grid], school)
    add_grid_page(book, Look(book), page)
    return _end(book, buffer, [page], page.statuses)


def month_page(grid: RegisterGrid, school: School, year: int, month: int) -> GridPage:
    """The page of :func:`month_workbook`."""
    columns: list[SessionRow | None] = []
    days: list[date] = []
    for number in range(1, calendar.monthrange(year, month)[1] + 1):
        day = date(year, month, number)
        here: list[SessionRow | None] = [one for one in grid.sessions if one.day == day]
        columns += here or [None]
        days += [day] * max(1, len(here))
    heads = [
        HeadRow([DAYS[day.weekday()][:2] for day in days], 16),
        HeadRow([str(day.day) for day in days], 16),
        HeadRow([time_text(one.starts_at, school.zone) if one else "" for one in columns], 34, upright=True),
    ]
    name = f"{MONTHS[month - 1]} {year}"
    return replace(_page(grid, school, name, columns, heads), name=name, column_width=3.8, one_page_wide=True)


def school_workbook(grids: Sequence[RegisterGrid], school: School) -> bytes:
    """A summary of all classes and one page a class."""
    statuses = school.statuses_of(grids)
    names = page_names([one.school_class.code for one in grids], taken=("Summary", sheet_state.PAGE))
    pages = [register_page(grid, school, statuses, name) for grid, name in zip(grids, names, strict=True)]
    buffer = BytesIO()
    book = _begin(buffer, "Registers of all classes", grids, school)
    look = Look(book)
    add_summary(book, look, pages, school.name, period_of(grids))
    for page in pages:
        add_grid_page(book, look, page)
    return _end(book, buffer, pages, statuses)


def register_table_page(grid: RegisterGrid, school: School) -> GridPage:
    """The page of :func:`register_workbook`."""
    return register_page(grid, school, school.statuses_of([grid]), REGISTER)


def register_page(grid: RegisterGrid, school: School, statuses: Sequence[Status], name: str) -> GridPage:
    """The page of a class's register: a column a session, headed by date, time and title."""
    sessions = grid.sessions
    begins = [local(one.starts_at, school.zone) for one in sessions]
    titles = [_title_of(grid, one) for one in sessions]
    heads = [
        HeadRow([short_date(one.day) for one in sessions], 74, upright=True),
        HeadRow([f"{begin:%H:%M}" for begin in begins], 15),
    ]
    longest = max((text_width(title) for title in titles), default=0)
    if longest:
        height = 12 + _POINTS_A_LETTER * min(longest, _LONGEST_TITLE)
        heads.insert(0, HeadRow(titles, height, upright=True))
    page = _page(grid, school, period_of([grid]), sessions, heads)
    return replace(page, name=name, statuses=statuses)


def period_of(grids: Iterable[RegisterGrid]) -> str:
    """The days from the first session to the last, in words."""
    days = [one.day for grid in grids for one in grid.sessions]
    if not days:
        return "no sessions"
    first, last = min(days), max(days)
    return long_date(first) if first == last else f"{long_date(first)} to {long_date(last)}"


def _page(
    grid: RegisterGrid, school: School, period: str, columns: Sequence[SessionRow | None], heads: Sequence[HeadRow]
) -> GridPage:
    owner = grid.school_class
    facts = (school.name, owner.code, owner.teacher, period)
    return GridPage(
        name=REGISTER,
        title=owner.name or owner.code,
        line=" · ".join(fact for fact in facts if fact),
        footer=f"{owner.code} · {period}",
        grid=grid,
        statuses=school.statuses_of([grid]),
        columns=columns,
        heads=heads,
        minimum=school.minimum,
    )


def _title_of(grid: RegisterGrid, session: SessionRow) -> str:
    words = " · ".join(part for part in (session.title, grid.group_name(session)) if part)
    words = clean_text(words)
    return words if len(words) <= _LONGEST_TITLE else words[: _LONGEST_TITLE - 1] + "…"


def _begin(buffer: BytesIO, title: str, grids: Sequence[RegisterGrid], school: School) -> Workbook:
    book = new_workbook(buffer)
    # A moment of the register, not of the clock, keeps a workbook made again equal to the first one.
    as_of = max((grid.as_of for grid in grids), default=datetime(2000, 1, 1, tzinfo=UTC))
    properties = {
        "title": clean_text(title)[:250],
        "company": clean_text(school.name)[:250],
        "created": as_of.astimezone(UTC).replace(tzinfo=None),
        "comments": f"As of {local(as_of, school.zone):%Y-%m-%d %H:%M:%S}",
    }
    book.set_properties(properties)
    return book


def _end(book: Workbook, buffer: BytesIO, pages: Sequence[GridPage], statuses: Sequence[Status]) -> bytes:
    letters = {one.code: one.letter for one in statuses}
    state = sheet_state.WorkbookState(letters, tuple(state_of(page) for page in pages))
    sheet_state.write_state(book, state, statuses)
    book.close()
    return buffer.getvalue()
