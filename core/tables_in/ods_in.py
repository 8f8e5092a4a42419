"""OpenDocument spreadsheets: the one XML part that holds the cells."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.tables_in.limits import MOST_CELLS, rows_within
from core.tables_in.records import EMPTY, Cell, Table
from core.tables_in.refusals import DAMAGE, damaged, protected, too_large
from core.tables_in.xlsx_in import date_cell, number_text, sheets_to_try

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"


def read(path: Path, sheet: str | None) -> Table:
    """One sheet of a spreadsheet.  Raises InputError when it is damaged, protected or has no such sheet."""
    from defusedxml import ElementTree

    try:
        with zipfile.ZipFile(path) as packed:
            if b"encryption-data" in packed.read("META-INF/manifest.xml"):
                raise protected(path)
            return _read_sheet(path, ElementTree.fromstring(packed.read("content.xml")), sheet)
    except DAMAGE as error:
        raise damaged(path) from error


def _read_sheet(path: Path, root: "Element", wanted: str | None) -> Table:
    pages = {page.get(f"{_TABLE}name", ""): page for page in root.iter(f"{_TABLE}table")}
    hidden = _hidden_styles(root)
    shown = [name for name, page in pages.items() if page.get(f"{_TABLE}style-name") not in hidden]
    for name in sheets_to_try(list(pages), shown, wanted, path):
        rows = rows_within(path, _rows(path, pages[name]))
        if rows or wanted is not None:
            return Table(rows, name, tuple(shown))
    return Table((), shown[0] if shown else "", tuple(shown))


def _hidden_styles(root: "Element") -> set[str | None]:
    return {
        style.get(f"{_STYLE}name")
        for style in root.iter(f"{_STYLE}style")
        for look in style.iter(f"{_STYLE}table-properties")
        if look.get(f"{_TABLE}display") == "false"
    }


def _rows(path: Path, page: "Element") -> Iterator[tuple[int, list[Cell]]]:
    number = 1
    for row in page.iter(f"{_TABLE}table-row"):
        times = _times(row, "number-rows-repeated")
        cells = _cells(path, row)
        if any(one.text for one in cells):
            for offset in range(times):
                yield number + offset, list(cells)
        number += times


def _cells(path: Path, row: "Element") -> list[Cell]:
    cells: list[Cell] = []
    waiting = 0
    for one in row:
        if one.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        cell, times = _cell(one), _times(one, "number-columns-repeated")
        if not cell.text:
            # The last cell of most rows stands for the thousands of empty ones to the right.
            waiting += times
            continue
        if len(cells) + waiting + times > MOST_CELLS:
            raise too_large(path)
        cells += [EMPTY] * waiting + [cell] * times
        waiting = 0
    return cells


def _times(element: "Element", name: str) -> int:
    text = element.get(f"{_TABLE}{name}", "1")
    return max(int(text), 1) if text.isdecimal() else 1


def _cell(element: "Element") -> Cell:
    shown = "\n".join(_paragraph(one) for one in element.findall(f"{_TEXT}p"))
    kind, value = element.get(f"{_OFFICE}value-type"), element.get(f"{_OFFICE}value")
    try:
        if kind in ("float", "percentage", "currency") and value is not None:
            return _number(float(value), shown.strip())
        day = element.get(f"{_OFFICE}date-value")
        if kind == "date" and day is not None:
            return date_cell(datetime.fromisoformat(day) if "T" in day else date.fromisoformat(day))
    except ValueError:
        return Cell(shown, shown, "error")
    if kind == "boolean":
        yes = element.get(f"{_OFFICE}boolean-value") == "true"
        return Cell("yes" if yes else "no", yes, "yes/no")
    if kind == "time":
        return Cell(shown, shown, "time")
    return Cell(shown, shown, "text") if shown.strip() else EMPTY


def _number(value: float, shown: str) -> Cell:
    """A number as it is shown where that is nothing but digits (007), else without looks."""
    whole: float | int = int(value) if value.is_integer() else value
    digits = shown.isdecimal() and int(shown) == whole
    return Cell(shown if digits else number_text(value), whole, "number")


def _paragraph(element: "Element") -> str:
    """The text of a paragraph; runs of blanks, tabs and line breaks are elements of their own."""
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}s":
            parts.append(" " * min(int(child.get(f"{_TEXT}c", "1")), 1000))
        elif child.tag in (f"{_TEXT}tab", f"{_TEXT}line-break"):
            parts.append("\t" if child.tag.endswith("tab") else "\n")
        elif not child.tag.startswith(_OFFICE):
            # Notes to a cell are not part of its text.
            parts.append(_paragraph(child))
        parts.append(child.tail or "")
    return "".join(parts)
