"""CSV as schools have it: any of the usual encodings and separators."""

import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from core.errors import InputError
from core.tables_in.guard import unguarded
from core.tables_in.limits import rows_within
from core.tables_in.records import EMPTY, Cell, Table

_SEPARATORS = "\t;,"
"""The rarer inside a name, the earlier: on a tie the first is taken."""
_SAMPLE_ROWS = 50
_OLD_WINDOWS = (
    "{} is no Unicode text and was read as Windows-1252. Look at the letters with accents before you go on; "
    "else save it as “CSV UTF-8”."
)


def read(path: Path) -> Table:
    """The whole file.  Raises InputError when it is no text, or a quotation mark is never closed."""
    text, notes = _decoded(path, path.read_bytes())
    separator = None
    if text[:4].casefold() == "sep=" and text[4:5]:
        # Excel's own way to say it; the line stays, so that the rows keep their numbers.
        separator = text[4]
        text = text[5:]
    separator = separator or _separator(text)
    return Table(rows_within(path, _rows(path, text, separator)), notes=notes)


def _decoded(path: Path, data: bytes) -> tuple[str, tuple[str, ...]]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16"), ()
        except UnicodeDecodeError as error:
            raise _no_text(path) from error
    if b"\0" in data:
        raise _no_text(path)
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), (_OLD_WINDOWS.format(path.name),)
    except UnicodeDecodeError as error:
        raise _no_text(path) from error


def _no_text(path: Path) -> InputError:
    return InputError(f"{path.name} is neither text nor an Excel workbook. Save the table as “CSV UTF-8” or as .xlsx.")


def _separator(text: str) -> str:
    """The separator with which most rows have the same number of cells, more than one; the wider the better."""

    def regular(separator: str) -> tuple[int, int]:
        try:
            rows = itertools.islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), _SAMPLE_ROWS)
            widths = Counter(len(row) for row in rows if len(row) > 1)
        except csv.Error:
            return 0, 0
        width, count = max(widths.items(), key=lambda one: (one[1], one[0]), default=(0, 0))
        return count, width

    return max(_SEPARATORS, key=regular)


def _rows(path: Path, text: str, separator: str) -> Iterator[tuple[int, list[Cell]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, 1):
            yield number, [_cell(text) for text in row]
    except csv.Error as error:
        raise InputError(
            f"{path.name} cannot be read from row {number + 1} on: a quotation mark is missing or one too many. "
            "Correct it there."
        ) from error


def _cell(text: str) -> Cell:
    plain = unguarded(text)
    # A blank cell counts as empty; else the text stays as it is.
    return Cell(plain, plain, "text") if plain.strip() else EMPTY
