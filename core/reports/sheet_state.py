"""The hidden page of an exported workbook: what every cell was, so that an edited one can be compared with it.

Nothing on it is a secret and nobody need look at it; a checksum tells when it was damaged or edited.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from xlsxwriter.workbook import Workbook

from core.reports.workbook import clean_text
from core.store.statuses import Status

PAGE = "Rollcall"
"""The page's name in the workbook."""
FORMAT = 1
MOST_SESSIONS = 2000
"""So many fit on one page; their codes share a cell, which holds 32767 characters."""
NO_MARK = "-"
"""Stands for a cell without a mark; no code of a status looks like it."""

Kind = Literal["register", "session"]


@dataclass(frozen=True, slots=True)
class Detail:
    """How late a student was and why, on pages that show it."""

    minutes_late: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class StudentState:
    """A row as it was written.  codes: of each column in order, None where there was no mark."""

    student_id: int
    roll: str
    codes: tuple[str | None, ...]
    detail: Detail | None = None


@dataclass(frozen=True, slots=True)
class PageState:
    """A page as it was written.  sessions: id and moment of making of each column; last_row_text: ends the table."""

    name: str
    kind: Kind
    class_id: int
    class_code: str
    fingerprint: str
    last_change: int
    as_of: str
    sessions: tuple[tuple[int, str], ...]
    students: tuple[StudentState, ...]
    last_row_text: str = ""


@dataclass(frozen=True, slots=True)
class WorkbookState:
    """All of a workbook.  letters: what each letter meant when it was written, by code."""

    letters: dict[str, str]
    pages: tuple[PageState, ...]


@dataclass(slots=True)
class _Reader:
    letters: dict[str, str] = field(default_factory=dict)
    pages: list[PageState] = field(default_factory=list)
    sessions: list[list[tuple[int, str]]] = field(default_factory=list)
    students: list[list[StudentState]] = field(default_factory=list)


def write_state(book: Workbook, state: WorkbookState, statuses: Sequence[Status]) -> None:
    """Add the page.  Its first column begins with the letters one may choose, see :func:`choices`."""
    sheet = book.add_worksheet(PAGE)
    sheet.very_hidden()
    for number, words in enumerate(state_rows(state, statuses)):
        for column, word in enumerate(words):
            sheet.write_string(number, column, word)


def state_rows(state: WorkbookState, statuses: Sequence[Status]) -> list[list[str]]:
    """The page's cells: the letters one may choose in the first column, beside them the state."""
    offered, rows = _offered(statuses), _rows(state)
    rows = [["rollcall", str(FORMAT), _checksum(rows)], *rows]
    longest = max(len(rows), len(offered))
    first = offered + [""] * (longest - len(offered))
    return [[letter, *row] for letter, row in zip(first, rows + [[]] * (longest - len(rows)), strict=True)]


def choices(statuses: Sequence[Status]) -> str:
    """The cells that list the letters one may choose."""
    return f"{PAGE}!$A$1:$A${max(1, len(_offered(statuses)))}"


def read_state(rows: Iterable[Sequence[object]]) -> WorkbookState | None:
    """What :func:`write_state` wrote, from the page's cells; None when it is not that, or was changed since."""
    found = [["" if cell is None else str(cell) for cell in row[1:]] for row in rows]
    words = [_without_blank_end(row) for row in found]
    words = [row for row in words if row]
    if not words or words[0][:2] != ["rollcall", str(FORMAT)] or words[0][2:] != [_checksum(words[1:])]:
        return None
    reader = _Reader()
    for row in words[1:]:
        _take(reader, row)
    whole = zip(reader.pages, reader.sessions, reader.students, strict=True)
    pages = (replace(page, sessions=tuple(sessions), students=tuple(rows)) for page, sessions, rows in whole)
    return WorkbookState(reader.letters, tuple(pages))


def _offered(statuses: Sequence[Status]) -> list[str]:
    return [one.letter for one in statuses if one.active]


def _rows(state: WorkbookState) -> list[list[str]]:
    rows = [["status", code, letter] for code, letter in state.letters.items()]
    for page in state.pages:
        named = [page.name, page.kind, str(page.class_id), page.class_code, page.fingerprint]
        rows.append(["page", *named, str(page.last_change), page.as_of, page.last_row_text])
        rows += [["session", str(number), made] for number, made in page.sessions]
        for one in page.students:
            codes = " ".join(code or NO_MARK for code in one.codes)
            row = ["student", str(one.student_id), one.roll, codes]
            if one.detail is not None:
                minutes = NO_MARK if one.detail.minutes_late is None else str(one.detail.minutes_late)
                row += [minutes, one.detail.reason or ""]
            rows.append(row)
    return [_without_blank_end([clean_text(word) for word in row]) for row in rows]


def _take(reader: _Reader, row: list[str]) -> None:
    """Take up one row; the checksum has told already that all of them are as they were written."""
    row = row + [""] * (9 - len(row))
    if row[0] == "status":
        reader.letters[row[1]] = row[2]
    elif row[0] == "page":
        kind: Kind = "session" if row[2] == "session" else "register"
        page = PageState(row[1], kind, int(row[3]), row[4], row[5], int(row[6]), row[7], (), (), row[8])
        reader.pages.append(page)
        reader.sessions.append([])
        reader.students.append([])
    elif row[0] == "session":
        reader.sessions[-1].append((int(row[1]), row[2]))
    elif row[0] == "student":
        codes = tuple(None if code == NO_MARK else code for code in row[3].split())
        detail = None
        if row[4]:
            detail = Detail(None if row[4] == NO_MARK else int(row[4]), row[5] or None)
        reader.students[-1].append(StudentState(int(row[1]), row[2], codes, detail))


def _without_blank_end(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row = row[:-1]
    return row


def _checksum(rows: Iterable[Sequence[str]]) -> str:
    text = "\n".join("\t".join(row) for row in rows)
    return hashlib.sha256(text.encode()).hexdigest()
