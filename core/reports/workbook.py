"""What all Excel files of Rollcall share: safe cells, one look, pictures that fit.

Cells never become formulas, links or numbers out of data: every text goes through :func:`clean_text` and
``write_string``, and the workbook is made with XlsxWriter's conversions switched off.
"""

import unicodedata
from collections.abc import Iterable
from io import BytesIO

import xlsxwriter
from PIL import Image as Pictures
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

INK = "#22313F"
QUIET = "#6B7785"
HEADER_FILL = "#27475E"
LINE = "#DCE1E6"
PICTURE_PX = 80
PICTURE_ROW_PX = 88
_LONGEST_CELL = 32767
_LONGEST_PAGE_NAME = 31
_DIRECTION_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def new_workbook(buffer: BytesIO) -> Workbook:
    """A workbook that takes texts as they are and, written twice, gives the same bytes."""
    return xlsxwriter.Workbook(
        buffer,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )


def clean_text(text: str) -> str:
    """``text`` as one cell can hold it.

    Characters that XML forbids become blanks or go, so do direction overrides (they make one name look like
    another); what exceeds Excel's 32767 UTF-16 units is cut.
    """
    kept = []
    for letter in text:
        if unicodedata.category(letter) in {"Cc", "Zl", "Zp"}:
            kept.append(" ")
        elif not (unicodedata.category(letter) == "Cs" or letter in _DIRECTION_OVERRIDES or letter in "\ufffe\uffff"):
            kept.append(letter)
    line = "".join(kept).strip()
    if len(line) * 2 > _LONGEST_CELL:
        line = line.encode("utf-16-le")[: 2 * _LONGEST_CELL].decode("utf-16-le", errors="ignore")
    return line


def put_text(page: Worksheet, row: int, column: int, text: str | None, cell_format: Format | None = None) -> None:
    """Write ``text`` as text whatever it looks like; nothing leaves an empty cell with its format."""
    cleaned = clean_text(text or "")
    if cleaned:
        page.write_string(row, column, cleaned, cell_format)
    else:
        page.write_blank(row, column, None, cell_format)


def text_width(text: str) -> int:
    """How many digits wide ``text`` is; East Asian letters and emoji take two, marks none."""
    width = 0
    for letter in text:
        if unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
            continue
        width += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
    return width


def footer_text(text: str, longest: int = 80) -> str:
    """``text`` for a page footer, where ``&`` starts a command and little room is left."""
    return clean_text(text)[:longest].replace("&", "&&")


def set_table_print(
    page: Worksheet, footer: str, head: int, last_row: int, last_column: int, *, across: bool = True
) -> None:
    """Set a page up for A4, as wide as its table, whose head (a row from 0) is repeated; footer: on the left."""
    page.hide_gridlines(2)
    page.set_paper(9)
    if across:
        page.set_landscape()
        page.set_margins(left=0.6, right=0.6, top=0.6, bottom=0.7)
    else:
        page.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.8)
    page.fit_to_pages(1, 0)
    page.repeat_rows(head)
    page.print_area(0, 0, last_row, last_column)
    # The blank after the size keeps a class code that begins with a digit apart from it.
    page.set_footer(f"&L&9 {footer}&R&9 Page &P of &N")


def put_picture(page: Worksheet, row: int, column: int, picture: bytes, description: str) -> bool:
    """Put a PNG or JPEG of any size into a cell, at most 80 px a side.  False if ``picture`` cannot be read."""
    try:
        with Pictures.open(BytesIO(picture)) as opened:
            small = opened.convert("RGB")
    except (OSError, SyntaxError, ValueError):
        return False
    # Twice the shown size stays sharp in print; saving anew drops a stored resolution that would scale it.
    small.thumbnail((2 * PICTURE_PX, 2 * PICTURE_PX))
    scale = PICTURE_PX / max(small.size)
    data = BytesIO()
    small.save(data, "PNG")
    margin = (PICTURE_ROW_PX - PICTURE_PX) // 2
    options = {
        "image_data": data,
        "x_scale": scale,
        "y_scale": scale,
        "x_offset": margin + round((PICTURE_PX - small.width * scale) / 2),
        "y_offset": margin + round((PICTURE_PX - small.height * scale) / 2),
        "object_position": 1,
        "description": clean_text(description),
    }
    page.insert_image(row, column, "face.png", options)
    return True


class Look:
    """The cell formats of one workbook, made on first use and shared by its pages."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, object], ...], Format] = {}

    def cell(self, **properties: object) -> Format:
        """A format with the house's ink, vertically centred, plus XlsxWriter's ``properties``."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"font_color": INK, "valign": "vcenter", **properties})
        return self._made[key]

    def row(self, **properties: object) -> Format:
        """A table cell: a fine line below."""
        return self.cell(bottom=1, bottom_color=LINE, **properties)

    def head(self, **properties: object) -> Format:
        """A cell of a table's header row."""
        return self.cell(**{"bold": True, "font_color": "#FFFFFF", "bg_color": HEADER_FILL, **properties})


def page_names(texts: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Names for worksheets that Excel accepts, each only once: 1 to 31 characters without brackets, strokes, ``:*?``.

    taken: names that are in the workbook already.
    """
    used, names = {one.casefold() for one in (*taken, "History")}, []
    for text in texts:
        plain = "".join("_" if letter in "[]:*?/\\" else letter for letter in clean_text(text)).strip("' ")
        name, number = _cut_units(plain, _LONGEST_PAGE_NAME) or "Table", 1
        while name.casefold() in used:
            number += 1
            end = f" ({number})"
            name = _cut_units(plain, _LONGEST_PAGE_NAME - len(end)) + end
        used.add(name.casefold())
        names.append(name)
    return names


def _cut_units(text: str, longest: int) -> str:
    """The beginning of ``text`` in UTF-16 units, as Excel counts."""
    return text.encode("utf-16-le")[: 2 * longest].decode("utf-16-le", errors="ignore").strip("' ")
