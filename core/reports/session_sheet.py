"""The dated Excel sheet of one session: the register, the unknown faces and what a teacher should look at."""

import math
from collections.abc import Sequence
from datetime import UTC
from io import BytesIO
from pathlib import Path

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from core.files import Written, write_bytes_atomically
from core.records import MarkRow
from core.reports import sheet_state, status_cells
from core.reports.session_faces import add_review, add_unknown
from core.reports.session_page import Origin, SessionSheet, in_words, put_confidence, put_head, put_time, set_print
from core.reports.workbook import QUIET, Look, clean_text, new_workbook, put_text, text_width
from core.words import full_date

__all__ = ["Origin", "SessionSheet", "write_session_sheet"]

_SOURCE_WORDS = {
    "camera": "Face",
    "face": "Face",
    "video": "Face",
    "photo": "Face",
    "photos": "Face",
    "manual": "By hand",
    "teacher": "By hand",
    "auto": "At closing",
    "qr": "QR code",
    "import": "Imported",
}
PAGE = "Attendance"
STATUS, LATE, REASON = "Status", "Late (min)", "Reason"
_COLUMNS = ("Roll", "Name", STATUS, LATE, REASON, "First seen", "Last seen", "Confidence", "Source")
_STATUS_COLUMN = 2
_COUNT_COLUMN = 7
_TOP = 3
"""First row (from 0) of the block with teacher, source and counts; above it stand school, class and date."""
_FACTS = 4
_LINE_PT = 15
_TALLEST_ROW_PT = 409


def write_session_sheet(path: Path, sheet: SessionSheet, fallback: Path | None = None) -> Written:
    """Write ``sheet`` as an Excel file; the same sheet gives the same bytes.

    If ``path`` is open in Excel the file goes beside it as ``… (2).xlsx``; if its folder cannot be written, into
    ``fallback``; the note of the result says so.  Raises DiskFullError when neither can be done.
    """
    buffer = BytesIO()
    book = new_workbook(buffer)
    _describe(book, sheet)
    look = Look(book)
    _add_attendance(book, look, sheet)
    add_unknown(book, look, sheet)
    add_review(book, look, sheet)
    letters = {one.code: one.letter for one in sheet.statuses}
    sheet_state.write_state(book, sheet_state.WorkbookState(letters, (_state_of(sheet),)), sheet.statuses)
    book.close()
    return write_bytes_atomically(path, buffer.getvalue(), fallback=fallback, beside=True)


def _describe(book: Workbook, sheet: SessionSheet) -> None:
    begin = sheet.local(sheet.starts_at)
    book.set_properties(
        {
            "title": clean_text(f"Attendance {sheet.class_code} {begin:%Y-%m-%d %H:%M}")[:250],
            "author": clean_text(sheet.teacher or "")[:250],
            "company": clean_text(sheet.school)[:250],
            # A fixed date keeps a sheet made again equal to the first one.
            "created": sheet.starts_at.astimezone(UTC).replace(tzinfo=None),
        }
    )
    book.set_custom_property("Rollcall session", sheet.session_id, "number")


def _state_of(sheet: SessionSheet) -> sheet_state.PageState:
    """What the register's page shows, for the comparison with an edited one."""
    students = (
        sheet_state.StudentState(
            row.student_id, row.roll, (row.status or None,), sheet_state.Detail(row.minutes_late, row.reason)
        )
        for row in sheet.rows
    )
    return sheet_state.PageState(
        name=PAGE,
        kind="session",
        class_id=sheet.origin.class_id,
        class_code=sheet.class_code,
        fingerprint=sheet.origin.fingerprint,
        last_change=sheet.origin.last_change,
        as_of=sheet.origin.as_of.isoformat(),
        sessions=((sheet.session_id, sheet.origin.made),),
        students=tuple(students),
        last_row_text=_note(sheet),
    )


def _head_row(sheet: SessionSheet) -> int:
    """The table's header row (from 0)."""
    return _TOP + max(_FACTS, len(sheet.statuses)) + 1


def _add_attendance(book: Workbook, look: Look, sheet: SessionSheet) -> None:
    page = book.add_worksheet(PAGE)
    head = _head_row(sheet)
    last = head + max(1, len(sheet.rows))
    widths = _attendance_widths(sheet.rows)
    for column, width in enumerate(widths):
        page.set_column(column, column, width)
    _put_title(page, look, sheet)
    _put_facts(page, look, sheet)
    _put_counts(page, look, sheet, head, last)
    put_head(page, look, head, _COLUMNS, centred=(2, 3, 5, 6, 7), indented=(0, 8))
    for number, row in enumerate(sheet.rows):
        _put_mark(page, look, sheet, head + 1 + number, row, widths)
    if sheet.rows:
        page.autofilter(head, 0, last, len(_COLUMNS) - 1)
    else:
        put_text(
            page, last, 0, "Nobody is on the roster of this class.", look.cell(font_color=QUIET, italic=True, indent=1)
        )
    area = (head + 1, _STATUS_COLUMN, last, _STATUS_COLUMN)
    status_cells.colour_statuses(book, page, area, sheet.statuses)
    status_cells.allow_statuses(page, area, sheet.statuses, sheet_state.choices(sheet.statuses))
    shape = look.cell(font_color=QUIET, italic=True, font_size=9, align="left", indent=1)
    put_text(page, last + 2, 0, _note(sheet), shape)
    page.freeze_panes(head + 1, 0)
    page.ignore_errors({"number_stored_as_text": f"A{head + 2}:B{last + 1}"})
    set_print(page, sheet, head, last + 2, len(_COLUMNS) - 1)


def _note(sheet: SessionSheet) -> str:
    return f"Times are those of {_zone_name(sheet)}. Confidence tells how surely a face was matched, from 0.00 to 1.00."


def _attendance_widths(rows: Sequence[MarkRow]) -> list[int]:
    def fitting(texts: list[str], least: int, most: int) -> int:
        return min(most, max([least, *(text_width(text) + 2 for text in texts)]))

    return [
        fitting([row.roll for row in rows], 11, 18),
        fitting([row.name for row in rows], 28, 40),
        9,
        11,
        fitting([row.reason or "" for row in rows], 14, 30),
        11,
        11,
        12,
        fitting([_source_words(row.source) for row in rows], 12, 18),
    ]


def _put_title(page: Worksheet, look: Look, sheet: SessionSheet) -> None:
    begin, end = sheet.local(sheet.starts_at), sheet.local(sheet.ends_at)
    when = f"{full_date(begin)}, {begin:%H:%M}–{end:%H:%M}"
    page.set_row(0, 30)
    put_text(
        page, 0, 0, sheet.class_name or sheet.class_code, look.cell(bold=True, font_size=20, align="left", indent=1)
    )
    page.set_row(1, 20)
    parts = (sheet.school, sheet.class_code, when, sheet.title, sheet.group, sheet.state)
    line = " · ".join(part for part in parts if part)
    put_text(page, 1, 0, line, look.cell(font_size=12, font_color=QUIET, align="left", indent=1))
    page.set_row(2, 8)


def _put_facts(page: Worksheet, look: Look, sheet: SessionSheet) -> None:
    unnamed = f"{sheet.unknown_faces} unknown, {len(sheet.review)} to review (on the next sheets)"
    facts = (
        ("Teacher", sheet.teacher or "–"),
        ("Source", sheet.source or "–"),
        ("Model", sheet.model if sheet.source else "–"),
        ("Not named", unnamed if sheet.unknown_faces or sheet.review else "Nobody"),
    )
    for number, (word, fact) in enumerate(facts):
        put_text(page, _TOP + number, 0, word, look.cell(font_color=QUIET, align="left", indent=1))
        # Merged cells keep a long file name from running under the counts.
        page.merge_range(_TOP + number, 1, _TOP + number, 4, "", look.cell())
        put_text(page, _TOP + number, 1, fact, look.cell())
    page.set_row(_head_row(sheet) - 1, 10)


def _put_counts(page: Worksheet, look: Look, sheet: SessionSheet, head: int, last: int) -> None:
    """The counts; each with its letter and colour, so that they are the legend too."""
    for number, one in enumerate(sheet.statuses):
        row = _TOP + number
        shared = {"bg_color": one.colour, "font_color": one.ink, "bottom": 1, "bottom_color": "#FFFFFF"}
        shape = look.cell(indent=1, **shared)
        page.merge_range(row, _COUNT_COLUMN - 2, row, _COUNT_COLUMN - 1, "", shape)
        put_text(page, row, _COUNT_COLUMN - 2, f"{one.letter}  {one.name}", shape)
        page.write_formula(
            row,
            _COUNT_COLUMN,
            "=" + status_cells.count_formula(f"$C${head + 2}:$C${last + 1}", one.letter),
            look.cell(bold=True, align="center", **shared),
            sum(mark.status == one.code for mark in sheet.rows),
        )


def _put_mark(page: Worksheet, look: Look, sheet: SessionSheet, at: int, row: MarkRow, widths: Sequence[int]) -> None:
    texts = ((row.roll, widths[0]), (row.name, widths[1]), (row.reason or "", widths[4]))
    lines = max(math.ceil((text_width(text) + 1) / (width - 1)) for text, width in texts)
    letters = {one.code: one.letter for one in sheet.statuses}
    page.set_row(at, min(_TALLEST_ROW_PT, max(18, lines * _LINE_PT)))
    put_text(page, at, 0, row.roll, look.row(text_wrap=True, align="left", indent=1))
    # Aligned to one side, names of both writing directions stay in one column; each still reads its own way.
    put_text(page, at, 1, row.name, look.row(text_wrap=True, align="left"))
    put_text(page, at, _STATUS_COLUMN, letters.get(row.status, row.status), look.row(align="center", bold=True))
    minutes = look.row(align="center", num_format="0")
    if row.minutes_late is None:
        page.write_blank(at, 3, None, minutes)
    else:
        page.write_number(at, 3, row.minutes_late, minutes)
    put_text(page, at, 4, row.reason, look.row(text_wrap=True, align="left"))
    put_time(page, look, sheet, at, 5, row.first_seen)
    put_time(page, look, sheet, at, 6, row.last_seen)
    put_confidence(page, look, at, 7, row.confidence)
    put_text(page, at, 8, _source_words(row.source), look.row(align="left", indent=1))


def _source_words(source: str) -> str:
    return _SOURCE_WORDS.get(source.strip().lower(), in_words(source))


def _zone_name(sheet: SessionSheet) -> str:
    named = getattr(sheet.zone, "key", None) or sheet.starts_at.astimezone(sheet.zone).tzname()
    return str(named or "the school")
