"""A report as an OpenDocument spreadsheet: one page a table, real numbers and dates."""

from datetime import date, datetime, time
from io import BytesIO

from odf.element import Element
from odf.number import DateStyle, Day, Hours, Minutes, Month, NumberStyle, PercentageStyle, TimeStyle, Year
from odf.number import Number as Digits
from odf.number import Text as Literal
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import (
    MasterPage,
    PageLayout,
    PageLayoutProperties,
    ParagraphProperties,
    Style,
    TableCellProperties,
    TableColumnProperties,
    TableProperties,
    TextProperties,
)
from odf.table import DatabaseRange, DatabaseRanges, TableCell, TableColumn, TableHeaderRows, TableRow
from odf.table import Table as Sheet
from odf.text import P

from core.reports.cells import cell_text
from core.reports.output import Paper
from core.reports.report_workbook import MEASURED, NARROW, WIDE, sheet_name
from core.reports.result import Cell, Column, ReportResult, Table
from core.reports.workbook import HEADER_FILL, INK, LINE, clean_text, text_width
from core.store.statuses import Status

_LETTER_CM = 0.2


def as_ods(result: ReportResult, paper: Paper) -> bytes:
    """The document's bytes."""
    book = OpenDocumentSpreadsheet()
    looks = _Looks(book)
    taken: set[str] = set()
    ranges = DatabaseRanges()
    for number, table in enumerate(result.tables or (Table("Report", (), ()),)):
        sheet = Sheet(name=sheet_name(table.title, taken), stylename=_paper(book, table, number))
        _add_columns(book, sheet, table, number)
        lines = [table.title] if number else [*result.sentences, f"{paper.school}  {paper.printed_at:%Y-%m-%d %H:%M}"]
        for line, text in enumerate([result.title, *lines, ""]):
            sheet.addElement(_row([_text(text, looks.heading if line == 0 else looks.plain)]))
        if table.columns:
            head = TableHeaderRows()
            head.addElement(
                _row([_text(one.name, looks.figures if one.is_figure else looks.head) for one in table.columns])
            )
            sheet.addElement(head)
            for row in table.rows:
                sheet.addElement(_row([looks.cell(*both) for both in zip(table.columns, row, strict=True)]))
            ranges.addElement(_filter(sheet, table, len(lines) + 3, number))
        book.spreadsheet.addElement(sheet)
    book.spreadsheet.addElement(ranges)
    buffer = BytesIO()
    book.write(buffer)
    return buffer.getvalue()


class _Looks:
    """The styles of one document."""

    def __init__(self, book: OpenDocumentSpreadsheet) -> None:
        self._book = book
        self._statuses: dict[str, Style] = {}
        self.plain = self._style("plain", TextProperties(color=INK))
        self.heading = self._style("heading", TextProperties(color=INK, fontweight="bold", fontsize="14pt"))
        self.head, self.figures = (
            self._style(
                name,
                TextProperties(color="#FFFFFF", fontweight="bold"),
                TableCellProperties(backgroundcolor=HEADER_FILL),
                ParagraphProperties(textalign=side),
            )
            for name, side in (("head", "start"), ("figures", "end"))
        )
        line = {"borderbottom": f"0.5pt solid {LINE}"}
        self.row = self._style("row", TextProperties(color=INK), TableCellProperties(**line))
        self._kinds = {
            kind: self._style(
                kind, TextProperties(color=INK), TableCellProperties(**line), data=_number_style(book, kind)
            )
            for kind in ("number", "percent", "date", "time", "moment")
        }
        self._kinds["minutes"] = self._kinds["number"]

    def _style(self, name: str, *properties: Element, data: str | None = None) -> Style:
        more = {} if data is None else {"datastylename": data}
        style = Style(name=f"rollcall-{name}", family="table-cell", **more)
        for one in properties:
            style.addElement(one)
        self._book.automaticstyles.addElement(style)
        return style

    def _status(self, status: Status) -> Style:
        if status.code not in self._statuses:
            style = self._style(
                f"status-{len(self._statuses)}",
                TextProperties(color=status.ink, fontweight="bold"),
                TableCellProperties(backgroundcolor=status.colour, borderbottom=f"0.5pt solid {LINE}"),
                ParagraphProperties(textalign="start"),
            )
            self._statuses[status.code] = style
        return self._statuses[status.code]

    def cell(self, column: Column, cell: Cell) -> TableCell:
        """A cell of a table."""
        if isinstance(cell, Status):
            return _text(cell_text(column, cell), self._status(cell))
        if cell is None or isinstance(cell, str):
            return _text(cell or "", self.row)
        style = self._kinds.get(column.kind, self.row)
        made = TableCell(stylename=style, **_value(column, cell))
        made.addElement(P(text=cell_text(column, cell)))
        return made


def _value(column: Column, cell: int | float | date | datetime | time) -> dict[str, str]:
    match cell:
        case datetime() | date():
            return {"valuetype": "date", "datevalue": cell.isoformat()}
        case time():
            return {"valuetype": "time", "timevalue": f"PT{cell.hour:02d}H{cell.minute:02d}M{cell.second:02d}S"}
    if column.kind == "percent":
        return {"valuetype": "percentage", "value": repr(cell / 100)}
    return {"valuetype": "float", "value": repr(cell)}


def _number_style(book: OpenDocumentSpreadsheet, kind: str) -> str:
    """Add how a kind of cell shows its value; returns the name."""
    name = f"rollcall-shown-{kind}"
    style: Element
    match kind:
        case "percent":
            style = PercentageStyle(name=name)
            parts = [Digits(decimalplaces="1", minintegerdigits="1"), Literal(text=" %")]
        case "number":
            style = NumberStyle(name=name)
            parts = [Digits(decimalplaces="0", minintegerdigits="1", grouping="true")]
        case "time":
            style = TimeStyle(name=name)
            parts = [Hours(style="long"), Literal(text=":"), Minutes(style="long")]
        case _:
            style = DateStyle(name=name)
            parts = [Year(style="long"), Literal(text="-"), Month(style="long"), Literal(text="-"), Day(style="long")]
            if kind == "moment":
                parts += [Literal(text=" "), Hours(style="long"), Literal(text=":"), Minutes(style="long")]
    for one in parts:
        style.addElement(one)
    book.automaticstyles.addElement(style)
    return name


def _text(text: str, style: Style) -> TableCell:
    """A cell that is text whatever it looks like."""
    cell = TableCell(valuetype="string", stylename=style)
    cell.addElement(P(text=clean_text(text)))
    return cell


def _row(cells: list[TableCell]) -> TableRow:
    row = TableRow()
    for one in cells:
        row.addElement(one)
    return row


def _add_columns(book: OpenDocumentSpreadsheet, sheet: Sheet, table: Table, number: int) -> None:
    for place, column in enumerate(table.columns):
        wide = max(
            [text_width(column.name), *(text_width(cell_text(column, row[place])) for row in table.rows[:MEASURED])]
        )
        style = Style(name=f"rollcall-column-{number}-{place}", family="table-column")
        letters = min(WIDE, max(NARROW, wide + 2))
        style.addElement(TableColumnProperties(columnwidth=f"{letters * _LETTER_CM:.2f}cm"))
        book.automaticstyles.addElement(style)
        sheet.addElement(TableColumn(stylename=style))


def _paper(book: OpenDocumentSpreadsheet, table: Table, number: int) -> Style:
    """A4, upright or across, as wide as one page; returns the style of the sheet that is printed on it."""
    sides = ("29.7cm", "21cm", "landscape") if len(table.columns) > 7 else ("21cm", "29.7cm", "portrait")
    layout = PageLayout(name=f"rollcall-layout-{number}")
    layout.addElement(
        PageLayoutProperties(
            pagewidth=sides[0], pageheight=sides[1], printorientation=sides[2], margin="1.5cm", scaleto="75%"
        )
    )
    book.automaticstyles.addElement(layout)
    master = MasterPage(name=f"rollcall-page-{number}", pagelayoutname=layout)
    book.masterstyles.addElement(master)
    style = Style(name=f"rollcall-sheet-{number}", family="table", masterpagename=master)
    style.addElement(TableProperties(display="true"))
    book.automaticstyles.addElement(style)
    return style


def _filter(sheet: Sheet, table: Table, head: int, number: int) -> DatabaseRange:
    """Buttons to filter and sort by, on the head of the table (its row from 1)."""
    name = sheet.getAttribute("name").replace("'", "''")
    last = chr(ord("A") + len(table.columns) - 1)
    area = f"'{name}'.A{head}:'{name}'.{last}{head + len(table.rows)}"
    return DatabaseRange(name=f"filter{number}", targetrangeaddress=area, displayfilterbuttons="true")
