"""Cells that hold statuses: their colours, the list to choose from, and formulas that count and weigh them."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from core.reports.workbook import INK, clean_text
from core.store.statuses import Status

_LONGEST_MESSAGE = 255
_UNKNOWN_FILL = "#E6E9ED"


def shown_statuses(statuses: Mapping[str, Status], used: Iterable[str]) -> list[Status]:
    """The active statuses in the school's order and others that marks still hold; an unknown code names itself."""
    codes = set(used)
    known = [one for one in statuses.values() if one.active or one.code in codes]
    strange = sorted(codes - statuses.keys())
    return known + [Status(code, code, code, "absent", None, _UNKNOWN_FILL, INK, active=False) for code in strange]


def count_formula(cells: str, letter: str) -> str:
    """How many of ``cells`` hold a letter, without the equals sign.

    Signs that COUNTIF would read as wildcards or as a comparison count as what they are.
    """
    if letter.isalnum():
        return f'COUNTIF({cells},"{letter}")'
    escaped = re.sub(r"([~*?])", r"~\1", letter).replace('"', '""')
    return f'COUNTIF({cells},"={escaped}")'


def percent_formula(counts: Sequence[tuple[str, Status]]) -> str:
    """Attendance as a share of 1 from cells that hold a status's count; empty while no mark counts."""
    weighed = [(cell, one.points) for cell, one in counts if one.points is not None]
    if not weighed:
        return '=""'
    above = "+".join(cell if points == 1 else f"{points!r}*{cell}" for cell, points in weighed if points) or "0"
    below = "+".join(cell for cell, _ in weighed)
    return f'=IF(({below})=0,"",({above})/({below}))'


def percent(counts: Mapping[str, int], statuses: Iterable[Status]) -> float | None:
    """What :func:`percent_formula` gives, from counts by code; None while no mark counts."""
    weighed = [(counts.get(one.code, 0), one.points) for one in statuses if one.points is not None]
    held = sum(count for count, _ in weighed)
    return sum(points * count for count, points in weighed) / held if held else None


def colour_statuses(
    book: Workbook, page: Worksheet, area: tuple[int, int, int, int], statuses: Iterable[Status]
) -> None:
    """Colours that follow a correction by hand.  area: first row, first column, last row, last column."""
    for one in statuses:
        quoted = one.letter.replace('"', '""')
        shape = book.add_format({"bg_color": one.colour, "font_color": one.ink})
        page.conditional_format(*area, {"type": "cell", "criteria": "==", "value": f'"{quoted}"', "format": shape})


def allow_statuses(page: Worksheet, area: tuple[int, int, int, int], statuses: Sequence[Status], source: str) -> None:
    """Let only known letters in.  source: the cells that list them; Excel takes small letters too then."""
    words = ", ".join(f"{one.letter} ({one.name.lower()})" for one in statuses if one.active)
    rule = {
        "validate": "list",
        "source": f"={source}",
        "error_title": "Unknown status",
        "error_message": _cut(f"Use one of {clean_text(words)}."),
    }
    page.data_validation(*area, rule)


def legend(statuses: Collection[Status]) -> str:
    """What the letters mean, in one line."""
    return " · ".join(f"{one.letter} {one.name}{_points(one)}" for one in statuses)


def _points(status: Status) -> str:
    usual = {"present": 1.0, "late": 1.0, "absent": 0.0}.get(status.counts_as)
    if status.points is None:
        return " (does not count)"
    return "" if status.points == usual else f" (counts {status.points:.0%})"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 1] + "…"
