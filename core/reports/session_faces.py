"""The pages of a session's sheet with the faces that nobody was marked for."""

from collections.abc import Collection, Sequence

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from core.records import SightingRow
from core.reports.session_page import SessionSheet, in_words, put_confidence, put_head, put_time, set_print
from core.reports.workbook import PICTURE_ROW_PX, QUIET, Look, put_picture, put_text


def add_unknown(book: Workbook, look: Look, sheet: SessionSheet) -> None:
    """Add the page with the unknown faces."""
    page = book.add_worksheet("Unknown faces")
    count = sheet.unknown_faces
    if count == 0:
        sentence = "No unknown face was seen in this session."
    elif count == 1:
        sentence = "1 unknown person was seen in this session. Nobody on the roster was marked for this face."
    else:
        sentence = f"{count} unknown people were seen in this session. Nobody on the roster was marked for these faces."
    if count and not any(one.thumbnail for one in sheet.unknown):
        sentence += " No picture of unknown faces is kept (setting unknown_faces_days)."
    columns = (("Face", 13), ("First seen", 13), ("Last seen", 13), ("Why", 63))
    _start_page(page, look, "Unknown faces", sentence, columns, (1, 2) if sheet.unknown else None)
    for number, sighting in enumerate(sheet.unknown):
        row = 4 + number
        _put_face(page, look, row, sighting, f"Unknown face {number + 1}")
        put_time(page, look, sheet, row, 1, sighting.first_seen)
        put_time(page, look, sheet, row, 2, sighting.last_seen)
        put_text(page, row, 3, in_words(sighting.reason), look.row(text_wrap=True))
    set_print(page, sheet, 3, 3 + len(sheet.unknown), len(columns) - 1)


def add_review(book: Workbook, look: Look, sheet: SessionSheet) -> None:
    """Add the page with the faces a person should decide about."""
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
        columns,
        (3, 5, 6) if shown else None,
    )
    for number, sighting in enumerate(shown):
        row = 4 + number
        _put_face(page, look, row, sighting, f"Face to review {number + 1}")
        put_text(page, row, 1, sighting.student_roll, look.row(text_wrap=True))
        put_text(page, row, 2, sighting.student_name or "–", look.row(text_wrap=True))
        put_confidence(page, look, row, 3, sighting.confidence)
        put_text(page, row, 4, in_words(sighting.reason), look.row(text_wrap=True))
        put_time(page, look, sheet, row, 5, sighting.first_seen)
        put_time(page, look, sheet, row, 6, sighting.last_seen)
    if shown:
        page.ignore_errors({"number_stored_as_text": f"B5:C{4 + len(shown)}"})
    set_print(page, sheet, 3, 3 + len(shown), len(columns) - 1)


def _start_page(
    page: Worksheet,
    look: Look,
    title: str,
    sentence: str,
    columns: Sequence[tuple[str, int]],
    centred: Collection[int] | None,
) -> None:
    """Write what stands above the faces.  centred: columns whose heads are; None for a page without faces."""
    page.set_row(0, 30)
    put_text(page, 0, 0, title, look.cell(bold=True, font_size=20, align="left", indent=1))
    put_text(page, 1, 0, sentence, look.cell(font_color=QUIET, align="left", indent=1))
    page.set_row(2, 8)
    if centred is not None:
        put_head(page, look, 3, [word for word, _ in columns], centred)
        page.freeze_panes(4, 0)
    # Also without faces, or the print would end within the sentence.
    for column, (_, width) in enumerate(columns):
        page.set_column(column, column, width)


def _put_face(page: Worksheet, look: Look, row: int, sighting: SightingRow, description: str) -> None:
    page.set_row_pixels(row, PICTURE_ROW_PX)
    page.write_blank(row, 0, None, look.row())
    if not put_picture(page, row, 0, sighting.thumbnail, description):
        put_text(page, row, 0, "no picture", look.row(font_color=QUIET, italic=True, indent=1))
