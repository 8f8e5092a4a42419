"""The dated Excel sheet of one session: the register, the unknown faces and what a teacher should look at."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from io import BytesIO
from pathlib import Path

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from core.files import Written, write_bytes_atomically
from core.records import MarkRow, SightingRow
from core.reports.workbook import (
    PICTURE_ROW_PX,
    QUIET,
    STATUS_COLOURS,
    Look,
    clean_text,
    footer_text,
    new_workbook,
    put_picture,
    put_text,
    text_width,
)

STATUS_WORDS = {"P": "Present", "L": "Late", "E": "Excused", "A": "Absent"}
_SOURCE_WORDS = {
    "camera": "Face",
    "face": "Face",
    "video": "Face",
    "photo": "Face",
    "photos": "Face",
    "manual": "By hand",
    "teacher": "By hand",
    "qr": "QR code",
    "import": "Imported",
}
_COLUMNS = ("Roll", "Name", "Status", "First seen", "Last seen", "Confidence", "Source")
_STATUS_COLUMN = 2
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_TOP = 3
"""First row (from 0) of the block with teacher, source and counts; above it stand school, class and date."""
_HEAD = 8
"""The table's header row (from 0)."""
_LINE_PT = 15
_TALLEST_ROW_PT = 409


@dataclass(frozen=True, slots=True)
class SessionSheet:
    """All that stands in a sheet.

    starts_at and the times of ``rows`` and ``sightings`` are aware (UTC in the store) and shown in ``zone``, the
    school's own.  Sightings of kind ``unknown`` go to "Unknown faces", ``review`` and ``elsewhere`` to "To review";
    others are left out, as those people stand in the register.
    unknown_faces: how many different unknown people were seen, even if fewer pictures were kept.
    """

    school: str
    class_code: str
    class_name: str
    teacher: str | None
    starts_at: datetime
    zone: tzinfo
    source: str
    model: str
    session_id: int
    rows: Sequence[MarkRow]
    sightings: Sequence[SightingRow]
    unknown_faces: int

    def local(self, moment: datetime) -> datetime:
        """``moment`` on the school's clock, naive as Excel wants it."""
        return moment.astimezone(self.zone).replace(tzinfo=None)

    @property
    def unknown(self) -> list[SightingRow]:
        return [sighting for sighting in self.sightings if sighting.kind == "unknown"]

    @property
    def review(self) -> list[SightingRow]:
        return [sighting for sighting in self.sightings if sighting.kind in ("review", "elsewhere")]


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
    _add_unknown(book, look, sheet)
    _add_review(book, look, sheet)
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


def _add_attendance(book: Workbook, look: Look, sheet: SessionSheet) -> None:
    page = book.add_worksheet("Attendance")
    last = _HEAD + max(1, len(sheet.rows))
    widths = _attendance_widths(sheet.rows)
    for column, width in enumerate(widths):
        page.set_column(column, column, width)
    _put_title(page, look, sheet)
    _put_facts(page, look, sheet)
    _put_counts(page, look, sheet.rows, last)
    _put_head(page, look, _HEAD, _COLUMNS, centred=range(2, 6), indented=(0, 6))
    for number, row in enumerate(sheet.rows):
        _put_mark(page, look, sheet, _HEAD + 1 + number, row, widths)
    if sheet.rows:
        page.autofilter(_HEAD, 0, last, len(_COLUMNS) - 1)
    else:
        put_text(
            page, last, 0, "Nobody is on the roster of this class.", look.cell(font_color=QUIET, italic=True, indent=1)
        )
    _guard_status(book, page, last)
    note = f"Times are those of {_zone_name(sheet)}. Confidence tells how surely a face was matched, from 0.00 to 1.00."
    put_text(page, last + 2, 0, note, look.cell(font_color=QUIET, italic=True, font_size=9, align="left", indent=1))
    page.freeze_panes(_HEAD + 1, 0)
    page.ignore_errors({"number_stored_as_text": f"A{_HEAD + 2}:B{last + 1}"})
    _set_print(page, sheet, _HEAD, last + 2, len(_COLUMNS) - 1)


def _attendance_widths(rows: Sequence[MarkRow]) -> list[int]:
    def fitting(texts: list[str], least: int, most: int) -> int:
        return min(most, max([least, *(text_width(text) + 2 for text in texts)]))

    return [
        fitting([row.roll for row in rows], 11, 18),
        fitting([row.name for row in rows], 28, 40),
        10,
        13,
        13,
        14,
        fitting([_source_words(row.source) for row in rows], 12, 18),
    ]


def _put_title(page: Worksheet, look: Look, sheet: SessionSheet) -> None:
    begin = sheet.local(sheet.starts_at)
    day = f"{_DAYS[begin.weekday()]}, {begin.day} {_MONTHS[begin.month - 1]} {begin.year}, {begin:%H:%M}"
    page.set_row(0, 30)
    put_text(
        page, 0, 0, sheet.class_name or sheet.class_code, look.cell(bold=True, font_size=20, align="left", indent=1)
    )
    page.set_row(1, 20)
    line = " · ".join(part for part in (sheet.school, sheet.class_code, day) if part)
    put_text(page, 1, 0, line, look.cell(font_size=12, font_color=QUIET, align="left", indent=1))
    page.set_row(2, 8)


def _put_facts(page: Worksheet, look: Look, sheet: SessionSheet) -> None:
    unnamed = f"{sheet.unknown_faces} unknown, {len(sheet.review)} to review (on the next sheets)"
    facts = (
        ("Teacher", sheet.teacher or "–"),
        ("Source", sheet.source),
        ("Model", sheet.model),
        ("Not named", unnamed if sheet.unknown_faces or sheet.review else "Nobody"),
    )
    for number, (word, fact) in enumerate(facts):
        put_text(page, _TOP + number, 0, word, look.cell(font_color=QUIET, align="left", indent=1))
        # Merged cells keep a long file name from running under the counts.
        page.merge_range(_TOP + number, 1, _TOP + number, 4, "", look.cell())
        put_text(page, _TOP + number, 1, fact, look.cell())
    page.set_row(_HEAD - 1, 10)


def _put_counts(page: Worksheet, look: Look, rows: Sequence[MarkRow], last: int) -> None:
    """The counts; each with its letter and colour, so that they are the legend too."""
    for number, (letter, word) in enumerate(STATUS_WORDS.items()):
        fill, ink = STATUS_COLOURS[letter]
        shared = {"bg_color": fill, "font_color": ink, "bottom": 1, "bottom_color": "#FFFFFF"}
        put_text(page, _TOP + number, 5, f"{letter}  {word}", look.cell(indent=1, **shared))
        page.write_formula(
            _TOP + number,
            6,
            f'=COUNTIF($C${_HEAD + 2}:$C${last + 1},"{letter}")',
            look.cell(bold=True, align="center", **shared),
            sum(_letter(row.status) == letter for row in rows),
        )


def _put_head(
    page: Worksheet,
    look: Look,
    row: int,
    words: Sequence[str],
    centred: Collection[int],
    indented: Collection[int] = (0,),
) -> None:
    page.set_row(row, 22)
    for column, word in enumerate(words):
        side = (
            look.head(align="center") if column in centred else look.head(align="left", indent=int(column in indented))
        )
        put_text(page, row, column, word, side)


def _put_mark(page: Worksheet, look: Look, sheet: SessionSheet, at: int, row: MarkRow, widths: Sequence[int]) -> None:
    lines = max(
        math.ceil((text_width(text) + 1) / (width - 1))
        for text, width in zip((row.roll, row.name), widths, strict=False)
    )
    page.set_row(at, min(_TALLEST_ROW_PT, max(18, lines * _LINE_PT)))
    put_text(page, at, 0, row.roll, look.row(text_wrap=True, align="left", indent=1))
    # Aligned to one side, names of both writing directions stay in one column; each still reads its own way.
    put_text(page, at, 1, row.name, look.row(text_wrap=True, align="left"))
    put_text(page, at, _STATUS_COLUMN, _letter(row.status), look.row(align="center", bold=True))
    _put_time(page, look, sheet, at, 3, row.first_seen)
    _put_time(page, look, sheet, at, 4, row.last_seen)
    _put_confidence(page, look, at, 5, row.confidence)
    put_text(page, at, 6, _source_words(row.source), look.row(align="left", indent=1))


def _put_time(page: Worksheet, look: Look, sheet: SessionSheet, row: int, column: int, moment: datetime | None) -> None:
    shape = look.row(align="center", num_format="hh:mm:ss")
    if moment is None:
        page.write_blank(row, column, None, shape)
    else:
        page.write_datetime(row, column, sheet.local(moment).replace(microsecond=0), shape)


def _put_confidence(page: Worksheet, look: Look, row: int, column: int, confidence: float | None) -> None:
    shape = look.row(align="center", num_format="0.00")
    if confidence is None or not math.isfinite(confidence):
        page.write_blank(row, column, None, shape)
    else:
        page.write_number(row, column, confidence, shape)


def _guard_status(book: Workbook, page: Worksheet, last: int) -> None:
    """Colours that follow a correction by hand, and a list so that only known letters get in."""
    for letter, (fill, ink) in STATUS_COLOURS.items():
        rule = {
            "type": "cell",
            "criteria": "==",
            "value": f'"{letter}"',
            "format": book.add_format({"bg_color": fill, "font_color": ink}),
        }
        page.conditional_format(_HEAD + 1, _STATUS_COLUMN, last, _STATUS_COLUMN, rule)
    words = ", ".join(f"{letter} ({word.lower()})" for letter, word in STATUS_WORDS.items())
    page.data_validation(
        _HEAD + 1,
        _STATUS_COLUMN,
        last,
        _STATUS_COLUMN,
        {
            "validate": "list",
            "source": list(STATUS_WORDS),
            "error_title": "Unknown status",
            "error_message": f"Use one of {words}.",
        },
    )


def _add_unknown(book: Workbook, look: Look, sheet: SessionSheet) -> None:
    page = book.add_worksheet("Unknown faces")
    count = sheet.unknown_faces
    if count == 0:
        sentence = "No unknown face was seen in this session."
    elif count == 1:
        sentence = "1 unknown person was seen in this session. Nobody on the roster was marked for this face."
    else:
        sentence = f"{count} unknown people were seen in this session. Nobody on the roster was marked for these faces."
    columns = (("Face", 13), ("First seen", 13), ("Last seen", 13), ("Why", 63))
    _start_page(page, look, "Unknown faces", sentence, columns if sheet.unknown else (), centred=(1, 2))
    for number, sighting in enumerate(sheet.unknown):
        row = 4 + number
        _put_face(page, look, row, sighting, f"Unknown face {number + 1}")
        _put_time(page, look, sheet, row, 1, sighting.first_seen)
        _put_time(page, look, sheet, row, 2, sighting.last_seen)
        put_text(page, row, 3, _in_words(sighting.reason), look.row(text_wrap=True))
    _set_print(page, sheet, 3, 3 + len(sheet.unknown), len(columns) - 1)


def _add_review(book: Workbook, look: Look, sheet: SessionSheet) -> None:
    page = book.add_worksheet("To review")
    sentence = "Faces that were not sure enough to mark somebody. Decide and correct the register."
    columns = (
        ("Face", 13),
        ("Roll", 10),
        ("Could be", 23),
        ("Confidence", 12),
        ("Why", 25),
        ("First seen", 11),
        ("Last seen", 11),
    )
    shown = sheet.review
    _start_page(
        page,
        look,
        "To review",
        sentence if shown else "There is nothing to review in this session.",
        columns if shown else (),
        centred=(3, 5, 6),
    )
    for number, sighting in enumerate(shown):
        row = 4 + number
        _put_face(page, look, row, sighting, f"Face to review {number + 1}")
        put_text(page, row, 1, sighting.student_roll, look.row(text_wrap=True))
        put_text(page, row, 2, sighting.student_name or "–", look.row(text_wrap=True))
        _put_confidence(page, look, row, 3, sighting.confidence)
        put_text(page, row, 4, _in_words(sighting.reason), look.row(text_wrap=True))
        _put_time(page, look, sheet, row, 5, sighting.first_seen)
        _put_time(page, look, sheet, row, 6, sighting.last_seen)
    if shown:
        page.ignore_errors({"number_stored_as_text": f"B5:C{4 + len(shown)}"})
    _set_print(page, sheet, 3, 3 + len(shown), len(columns) - 1)


def _start_page(
    page: Worksheet, look: Look, title: str, sentence: str, columns: Sequence[tuple[str, int]], centred: Collection[int]
) -> None:
    page.set_row(0, 30)
    put_text(page, 0, 0, title, look.cell(bold=True, font_size=20, align="left", indent=1))
    put_text(page, 1, 0, sentence, look.cell(font_color=QUIET, align="left", indent=1))
    page.set_row(2, 8)
    if columns:
        _put_head(page, look, 3, [word for word, _ in columns], centred)
        page.freeze_panes(4, 0)
    for column, (_, width) in enumerate(columns):
        page.set_column(column, column, width)


def _put_face(page: Worksheet, look: Look, row: int, sighting: SightingRow, description: str) -> None:
    page.set_row_pixels(row, PICTURE_ROW_PX)
    page.write_blank(row, 0, None, look.row())
    if not put_picture(page, row, 0, sighting.thumbnail, description):
        put_text(page, row, 0, "no picture", look.row(font_color=QUIET, italic=True, indent=1))


def _set_print(page: Worksheet, sheet: SessionSheet, head: int, last_row: int, last_column: int) -> None:
    page.hide_gridlines(2)
    page.set_paper(9)
    page.set_portrait()
    page.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.8)
    page.fit_to_pages(1, 0)
    page.repeat_rows(head)
    page.print_area(0, 0, last_row, last_column)
    # The blank after the size keeps a class code that begins with a digit apart from it.
    page.set_footer(f"&L&9 {footer_text(sheet.class_code)} · session {sheet.session_id}&R&9 Page &P of &N")


def _letter(status: str) -> str:
    """``P`` for ``P``, ``p`` or ``present``; a status of the school's own stays as it is."""
    letter = status.strip()[:1].upper()
    known = {letter.lower(), STATUS_WORDS.get(letter, "").lower()}
    return letter if status.strip().lower() in known else status


def _source_words(source: str) -> str:
    return _SOURCE_WORDS.get(source.strip().lower(), _in_words(source))


def _in_words(text: str) -> str:
    """``too_small`` as ``Too small``; sentences stay as they are."""
    words = text.strip() if " " in text.strip() else text.strip().replace("_", " ")
    return words[:1].upper() + words[1:]


def _zone_name(sheet: SessionSheet) -> str:
    named = getattr(sheet.zone, "key", None) or sheet.starts_at.astimezone(sheet.zone).tzname()
    return str(named or "the school")
