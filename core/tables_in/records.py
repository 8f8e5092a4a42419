"""A table as it was read: frozen rows of cells."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

Kind = Literal["empty", "text", "number", "date", "time", "yes/no", "error"]
Value = str | int | float | bool | date | datetime | time | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    text: as a person sees it (a number with its leading zeros, a date as 2026-11-21), "" when empty.  value: what the
    file holds: ``int``/``float`` of a number, ``date``, ``datetime`` or ``time``, ``bool``, else the text; in a CSV
    file everything is text.  kind ``error``: Excel shows something like #N/A there.
    """

    text: str = ""
    value: Value = None
    kind: Kind = "empty"


EMPTY = Cell()


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not empty.  number: as a spreadsheet shows it, from 1."""

    number: int
    cells: tuple[Cell, ...]

    def cell(self, column: int) -> Cell:
        """The cell of a column (from 0), an empty one beyond the last."""
        return self.cells[column] if column < len(self.cells) else EMPTY

    def text(self, column: int) -> str:
        """The text of a column (from 0), "" beyond the last."""
        return self.cell(column).text


@dataclass(frozen=True, slots=True)
class Table:
    """What a file, or one sheet of it, holds.

    rows: those with anything in them.  sheet: the sheet that was read, None for CSV; sheets: all that people see.
    notes: sentences about how it was read that somebody should look at.
    """

    rows: tuple[Row, ...]
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_csv(self) -> bool:
        """Whether every cell is text because the format knows nothing else."""
        return self.sheet is None
