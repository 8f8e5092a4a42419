"""From the register to files: a class, a month, all classes; any of them can be remade, the register is the truth."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from core import clock
from core.access import guarded
from core.errors import InputError
from core.files import Written, safe_name, write_bytes_atomically
from core.reports.class_register import (
    School,
    month_page,
    month_workbook,
    register_table_page,
    register_workbook,
    school_workbook,
)
from core.reports.grid import GridPage
from core.reports.sheet_state import MOST_SESSIONS
from core.settings import Settings
from core.store import people
from core.store.database import Store
from core.store.register_grid import RegisterGrid, grid_of
from core.store.statuses import status_set

FIRST_DAY, LAST_DAY = date(1, 1, 1), date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both included."""

    first: date = FIRST_DAY
    last: date = LAST_DAY

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise InputError(f"The last day ({self.last}) is before the first ({self.first}). Give them the other way.")


ALWAYS = Period()


@guarded
def export_register(
    store: Store, settings: Settings, class_code: str, path: Path | None = None, period: Period = ALWAYS
) -> Written:
    """Write a class's register as .xlsx, .ods or .csv, by the file's ending.

    Without ``path`` into ``attendance/<class>/``.  Raises NotFoundError for an unknown class, InputError for another
    ending or more sessions than a sheet can hold, DiskFullError.
    """
    school = load_school(store, settings)
    grid = load_grid(store, class_code, period)
    target = path or _folder(store, grid) / f"{safe_name(grid.school_class.code)}_register.xlsx"
    return _write(store, target, lambda: register_workbook(grid, school), lambda: register_table_page(grid, school))


@guarded
def export_month(
    store: Store, settings: Settings, class_code: str, year: int, month: int, path: Path | None = None
) -> Written:
    """Write one month of a class's register; as :func:`export_register`, and .pdf to be printed."""
    school = load_school(store, settings)
    grid = load_grid(store, class_code, month_period(year, month))
    target = path or _folder(store, grid) / f"{safe_name(grid.school_class.code)}_{year}-{month:02}.xlsx"
    if target.suffix.casefold() == ".pdf":
        return _print(store, settings, target, month_page(grid, school, year, month))
    return _write(
        store,
        target,
        lambda: month_workbook(grid, school, year, month),
        lambda: month_page(grid, school, year, month),
    )


@guarded
def export_all(store: Store, settings: Settings, path: Path | None = None, period: Period = ALWAYS) -> Written:
    """Write a summary of all classes and a page a class, as .xlsx.  Raises InputError for another ending."""
    school = load_school(store, settings)
    with store.read() as db:
        codes = [one.code for one in people.list_classes(db)]
    grids = [load_grid(store, code, period) for code in codes]
    target = path or store.home.attendance / "all_classes.xlsx"
    if target.suffix.casefold() != ".xlsx":
        raise InputError("All classes go into one Excel workbook. Give a name that ends in .xlsx.")
    data = school_workbook(grids, school)
    return write_bytes_atomically(target, data, fallback=store.home.output, beside=True)


@guarded
def export_marks(
    store: Store, settings: Settings, class_code: str, path: Path | None = None, period: Period = ALWAYS
) -> Written:
    """Write a class's marks as .csv, .xlsx or .ods, one mark a row.  Raises as :func:`export_register`."""
    from core.reports.marks_table import HEADINGS, mark_rows
    from core.tables_out import write_table

    grid = load_grid(store, class_code, period)
    target = path or _folder(store, grid) / f"{safe_name(grid.school_class.code)}_marks.csv"
    return write_table(target, "Marks", HEADINGS, list(mark_rows(grid, load_school(store, settings))))


def load_school(store: Store, settings: Settings) -> School:
    """What all registers share."""
    with store.read() as db:
        statuses = status_set(db)
    return School(settings.school, clock.school_zone(settings), statuses, settings.minimum_percent)


@guarded
def load_grid(store: Store, class_code: str, period: Period = ALWAYS) -> RegisterGrid:
    """A class's register.  Raises NotFoundError, or InputError when it has more sessions than a sheet can hold."""
    with store.read() as db:
        grid = grid_of(db, people.get_class(db, class_code).id, period.first, period.last)
    if len(grid.sessions) > MOST_SESSIONS:
        raise InputError(
            f"{grid.school_class.code} has {len(grid.sessions)} sessions, more than the {MOST_SESSIONS} a sheet can "
            "hold. Choose fewer days with --from and --to."
        )
    return grid


def month_period(year: int, month: int) -> Period:
    """The days of a month.  Raises InputError when there is no such month."""
    if not (1 <= month <= 12 and 1 <= year <= 9998):
        raise InputError(f"{year}-{month:02} is no month. Write it like 2026-11.")
    return Period(*clock.month_days(date(year, month, 1)))


def _folder(store: Store, grid: RegisterGrid) -> Path:
    return store.home.attendance / safe_name(grid.school_class.code)


def _print(store: Store, settings: Settings, path: Path, page: GridPage) -> Written:
    from core.reports.grid_table import as_result
    from core.reports.output import Paper, write_report

    now = clock.local(clock.now(), clock.school_zone(settings)).replace(tzinfo=None)
    return write_report(path, as_result(page), Paper(settings.school, now), fallback=store.home.output)


def _write(store: Store, path: Path, workbook: Callable[[], bytes], page: Callable[[], GridPage]) -> Written:
    ending = path.suffix.casefold()
    if ending == ".xlsx":
        data = workbook()
    elif ending in (".csv", ".ods"):
        from core.reports import grid_table

        data = grid_table.as_csv(page()) if ending == ".csv" else grid_table.as_ods(page())
    else:
        raise InputError(f"{path.name} is no name for a register. Let it end in .xlsx, .ods or .csv.")
    return write_bytes_atomically(path, data, fallback=store.home.output, beside=True)
