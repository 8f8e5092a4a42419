"""How much of a foreign file is read before it is refused."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from core.tables_in.records import Cell, Row
from core.tables_in.refusals import too_large

MOST_FILE_BYTES = 64_000_000
MOST_UNPACKED_BYTES = 200_000_000
"""Of a whole workbook with its pictures, which are not read."""
MOST_PART_BYTES = 64_000_000
"""Of one part of a workbook that is read; 5,000 students with 400 sessions take about that."""
MOST_ROWS = 50_000
MOST_CELLS = 3_000_000
_LAST_ROW = 1_048_576
"""No spreadsheet has more; a file that claims so would have millions of empty rows counted."""


def rows_within(path: Path, found: Iterable[tuple[int, list[Cell]]]) -> tuple[Row, ...]:
    """The rows that are not empty, without empty cells at their end.  Raises InputError when there are too many."""
    return tuple(_within(path, found))


def _within(path: Path, found: Iterable[tuple[int, list[Cell]]]) -> Iterator[Row]:
    rows = cells = 0
    for number, row in found:
        cells += len(row)
        while row and not row[-1].text:
            row.pop()
        rows += bool(row)
        if rows > MOST_ROWS or cells > MOST_CELLS or number > _LAST_ROW:
            raise too_large(path)
        if row:
            yield Row(number, tuple(row))
