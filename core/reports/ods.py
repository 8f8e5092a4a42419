"""OpenDocument spreadsheets, written with odfpy: texts as they are, numbers, days, formulas with their values."""

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from io import BytesIO
from typing import Any

from odf import dc, meta, number, opendocument, style, table, text
from xlsxwriter.utility import xl_col_to_name

from core.reports.workbook import HEADER_FILL, INK, LINE, QUIET, clean_text
from core.store.statuses import Status

_TEXT_OR_REST = re.compile(r'("(?:[^"]|"")*")')
_REFERENCE = re.compile(r"(\$?[A-Z]{1,3}\$?[0-9]+)(?::(\$?[A-Z]{1,3}\$?[0-9]+))?")
_DECLARATION = re.compile(r' xmlns:([\w-]+)="([^"]*)"')
_ROOT = re.compile(r"<[A-Za-z][\w:-]*")
_FREE_FILL = "#F1F3F5"
_PACKED_AT = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class OdsLook:
    """How a cell looks.  size: in points; side: ``start``, ``center`` or ``end``, None as its value wants it.

    line: a fine one below; turned: written upwards; shows: how a value is shown, one of those in ``_SHOWN``.
    """

    ink: str = INK
    fill: str | None = None
    bold: bool = False
    size: int | None = None
    side: str | None = "start"
    line: bool = False
    turned: bool = False
    shows: str | None = None


_HEAD = OdsLook("#FFFFFF", HEADER_FILL, bold=True, side="center")
_ROW = OdsLook(side=None, line=True)
LOOKS: Mapping[str, OdsLook] = {
    "plain": OdsLook(),
    "title": OdsLook(bold=True, size=20),
    "heading": OdsLook(bold=True, size=14),
    "quiet": OdsLook(QUIET),
    "strong": OdsLook(bold=True),
    "head": _HEAD,
    "head-of-texts": replace(_HEAD, side="start"),
    "head-of-figures": replace(_HEAD, side="end"),
    "upright": replace(_HEAD, bold=False, turned=True),
    "count": OdsLook(side="center"),
    "share": OdsLook(side="center", shows="share"),
    "day": OdsLook(side=None, shows="date"),
    "free": OdsLook(fill=_FREE_FILL, side="center"),
    "row": _ROW,
    **{kind: replace(_ROW, shows=kind) for kind in ("number", "percent", "date", "time", "moment")},
}
"""What all files share; :meth:`OdsBook.add_statuses` adds ``mark``."""


@dataclass(frozen=True, slots=True)
class OdsCell:
    """A cell that shows ``text``.  look: one of :data:`LOOKS` or an own one, empty for none; formula: as Excel has it.

    value: what a program reads in it, or its formula comes to, percentages as shares of 1; None: the text.
    """

    text: str = ""
    look: str | OdsLook = "plain"
    value: int | float | date | datetime | time | None = None
    formula: str | None = None


@dataclass(frozen=True, slots=True)
class OdsPage:
    """A page; columns without a width in ``widths_mm`` have the usual one.

    across: printed on A4 turned to its side; head: which row (from 0) is the head of a table that goes to the last row,
    to be filtered and sorted by, and repeated on every sheet of paper.
    """

    name: str
    rows: Sequence[Sequence[OdsCell]]
    widths_mm: Sequence[float] = ()
    across: bool = True
    hidden: bool = False
    head: int | None = None


def open_formula(formula: str) -> str:
    """A formula of Excel as OpenDocument has it.

    >>> open_formula('=IF(A1=0,"",COUNTIF($B1:$C1,"P,Q"))')
    'of:=IF([.A1]=0;"";COUNTIF([.$B1:.$C1];"P,Q"))'
    """
    parts = _TEXT_OR_REST.split(formula)
    rest = (_REFERENCE.sub(_bracketed, part.replace(",", ";")) for part in parts[::2])
    whole = [piece for pair in zip(rest, [*parts[1::2], ""], strict=True) for piece in pair]
    return "of:" + "".join(whole)


def _bracketed(found: re.Match[str]) -> str:
    first, last = found.groups()
    return f"[.{first}:.{last}]" if last else f"[.{first}]"


_LONG: dict[str, Any] = {"style": "long"}
_DAY = (
    *((number.Year, _LONG), (number.Text, {"text": "-"}), (number.Month, _LONG)),
    *((number.Text, {"text": "-"}), (number.Day, _LONG)),
)
_CLOCK = ((number.Hours, _LONG), (number.Text, {"text": ":"}), (number.Minutes, _LONG))
_SHOWN: Mapping[str, Sequence[Any]] = {
    "share": (
        *(number.PercentageStyle, (number.Number, {"decimalplaces": "0", "minintegerdigits": "1"})),
        (number.Text, {"text": "%"}),
    ),
    "percent": (
        *(number.PercentageStyle, (number.Number, {"decimalplaces": "1", "minintegerdigits": "1"})),
        (number.Text, {"text": " %"}),
    ),
    "number": (
        number.NumberStyle,
        (number.Number, {"decimalplaces": "0", "minintegerdigits": "1", "grouping": "true"}),
    ),
    "date": (number.DateStyle, *_DAY),
    "time": (number.TimeStyle, *_CLOCK),
    "moment": (number.DateStyle, *_DAY, (number.Text, {"text": " "}), *_CLOCK),
}


class OdsBook:
    """A spreadsheet in the making."""

    def __init__(self) -> None:
        self._book = opendocument.OpenDocumentSpreadsheet()
        self._made: dict[object, Any] = {}
        self._filters = table.DatabaseRanges()

    def add_statuses(self, statuses: Sequence[Status]) -> None:
        """Add the look ``mark``, before any page: letters of statuses, in their colours whatever is typed there."""
        settings = {"usewildcards": "true", "useregularexpressions": "false", "casesensitive": "false"}
        self._book.spreadsheet.addElement(_with_wildcards(table.CalculationSettings, settings))
        mark = style.Style(name="mark", family="table-cell")
        mark.addElement(style.TextProperties(color=INK))
        mark.addElement(style.ParagraphProperties(textalign="center"))
        for place, one in enumerate(statuses):
            made = style.Style(name=f"status{place}", family="table-cell", parentstylename="Default")
            made.addElement(style.TextProperties(color=one.ink))
            made.addElement(style.TableCellProperties(backgroundcolor=one.colour))
            self._book.styles.addElement(made)
            condition = f"cell-content()={_quoted(one.letter)}"
            mark.addElement(style.Map(condition=condition, applystylename=f"status{place}"))
        self._made["mark"] = self._automatic(mark)
        listed = ";".join(_quoted(one.letter) for one in statuses if one.active)
        rules = table.ContentValidations()
        condition = f"of:cell-content-is-in-list({listed})"
        rules.addElement(table.ContentValidation(name="statuses", condition=condition, allowemptycell="true"))
        self._book.spreadsheet.addElement(rules)

    def add_page(self, page: OdsPage) -> None:
        """Add a page."""
        made = table.Table(name=page.name, stylename=self._page_style(page))
        for width in page.widths_mm:
            made.addElement(table.TableColumn(stylename=self._width(width)))
        for place, row in enumerate(page.rows):
            line = table.TableRow()
            for cell in row:
                line.addElement(self._cell(cell))
            if place == page.head:
                head = table.TableHeaderRows()
                head.addElement(line)
                line = head
                self._filters.addElement(_filter(page, place, len(self._filters.childNodes)))
            made.addElement(line)
        self._book.spreadsheet.addElement(made)

    def data(self, as_of: datetime | None = None) -> bytes:
        """The file.  as_of: aware; its moment of making, so that the same content gives the same bytes."""
        if as_of is not None:
            moment = as_of.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
            for kind in (meta.CreationDate, dc.Date):
                self._book.meta.addElement(kind(text=moment))
        if self._filters.childNodes:
            self._book.spreadsheet.addElement(self._filters)
        buffer = BytesIO()
        self._book.write(buffer)
        return _repacked(buffer)

    def _cell(self, cell: OdsCell) -> table.TableCell:
        shape: dict[str, Any] = {"stylename": self._look(cell.look)} if cell.look else {}
        if cell.look == "mark":
            shape["contentvalidationname"] = "statuses"
        if cell.formula is not None:
            shape["formula"] = open_formula(cell.formula)
        words = clean_text(cell.text)
        if cell.value is not None:
            shape |= _value(cell.value, share=cell.look in ("share", "percent"))
        elif words or cell.formula is not None:
            shape["valuetype"] = "string"
        made = table.TableCell(**shape)
        if words:
            made.addElement(text.P(text=words))
        return made

    def _look(self, look: str | OdsLook) -> style.Style:
        if look not in self._made:
            name, how = (look, LOOKS[look]) if isinstance(look, str) else (f"own{len(self._made)}", look)
            shown = {} if how.shows is None else {"datastylename": self._shown(how.shows)}
            made = style.Style(name=name, family="table-cell", **shown)
            weight = {"fontweight": "bold"} if how.bold else {}
            size = {"fontsize": f"{how.size}pt"} if how.size else {}
            made.addElement(style.TextProperties(color=how.ink, **weight, **size))
            fill = {"backgroundcolor": how.fill} if how.fill else {}
            turned = {"rotationangle": "90"} if how.turned else {}
            line = {"borderbottom": f"0.5pt solid {LINE}"} if how.line else {}
            made.addElement(style.TableCellProperties(verticalalign="middle", **fill, **turned, **line))
            if how.side:
                made.addElement(style.ParagraphProperties(textalign=how.side))
            self._made[look] = self._automatic(made)
        return self._made[look]

    def _shown(self, name: str) -> style.Style:
        if f"shown-{name}" not in self._made:
            kind, *parts = _SHOWN[name]
            made = kind(name=f"shown-{name}")
            for part, properties in parts:
                made.addElement(part(**properties))
            self._made[f"shown-{name}"] = self._automatic(made)
        return self._made[f"shown-{name}"]

    def _width(self, width_mm: float) -> style.Style:
        name = f"width-{width_mm:g}"
        if name not in self._made:
            made = style.Style(name=name, family="table-column")
            made.addElement(style.TableColumnProperties(columnwidth=f"{width_mm:g}mm"))
            self._made[name] = self._automatic(made)
        return self._made[name]

    def _page_style(self, page: OdsPage) -> style.Style:
        name = f"page-{'landscape' if page.across else 'portrait'}-{'hidden' if page.hidden else 'shown'}"
        if name not in self._made:
            made = style.Style(name=name, family="table", masterpagename=self._paper(across=page.across))
            made.addElement(style.TableProperties(display="false" if page.hidden else "true"))
            self._made[name] = self._automatic(made)
        return self._made[name]

    def _paper(self, *, across: bool) -> style.MasterPage:
        """A4, as wide as the table."""
        name = "Landscape" if across else "Portrait"
        if name not in self._made:
            width, height = ("297mm", "210mm") if across else ("210mm", "297mm")
            paper = style.PageLayout(name=f"paper-{name}")
            sizes = {"pagewidth": width, "pageheight": height, "margin": "12mm", "printorientation": name.lower()}
            paper.addElement(style.PageLayoutProperties(**sizes, scaletox="1", scaletoy="0"))
            self._made[name] = style.MasterPage(name=name, pagelayoutname=self._automatic(paper))
            self._book.masterstyles.addElement(self._made[name])
        return self._made[name]

    def _automatic(self, made: Any) -> Any:  # noqa: ANN401 - odfpy's elements have no common type
        self._book.automaticstyles.addElement(made)
        return made


def _value(value: float | date | time, *, share: bool) -> dict[str, str]:
    match value:
        case date():
            return {"valuetype": "date", "datevalue": value.isoformat()}
        case time():
            return {"valuetype": "time", "timevalue": f"PT{value:%HH%MM%SS}"}
    return {"valuetype": "percentage" if share else "float", "value": repr(value)}


def _filter(page: OdsPage, head: int, place: int) -> table.DatabaseRange:
    """Buttons to filter and sort by, from the head of a table to the last row."""
    name = page.name.replace("'", "''")
    last = xl_col_to_name(len(page.rows[head]) - 1)
    area = f"'{name}'.A{head + 1}:'{name}'.{last}{len(page.rows)}"
    return table.DatabaseRange(name=f"filter{place}", targetrangeaddress=area, displayfilterbuttons="true")


def _quoted(letter: str) -> str:
    return '"' + letter.replace('"', '""') + '"'


def _with_wildcards(kind: Any, settings: dict[str, str]) -> Any:  # noqa: ANN401 - odfpy has no types
    """Odfpy knows OpenDocument 1.2 without the wildcards that came with 1.3, so those are written unchecked."""
    made = kind(useregularexpressions=settings["useregularexpressions"], casesensitive=settings["casesensitive"])
    made.setAttrNS("urn:oasis:names:tc:opendocument:xmlns:table:1.0", "use-wildcards", settings["usewildcards"])
    return made


def _repacked(buffer: BytesIO) -> bytes:
    """The same package without the clock's time in it."""
    packed = BytesIO()
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _PACKED_AT)
            # The kind of the file must stand uncompressed at its beginning.
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            data = old.read(name)
            new.writestr(entry, _with_needed_names(data) if name.endswith(".xml") else data)
    return packed.getvalue()


def _with_needed_names(data: bytes) -> bytes:
    """The same XML with only the name spaces it uses; odfpy declares all that the process has used so far."""
    text = data.decode("utf-8")
    declared = sorted(set(_DECLARATION.findall(text)))
    plain = _DECLARATION.sub("", text)
    needed = "".join(f' xmlns:{prefix}="{place}"' for prefix, place in declared if f"{prefix}:" in plain)
    # The first tag after the declaration of XML itself is the root.
    return _ROOT.sub(lambda found: found.group(0) + needed, plain, count=1).encode("utf-8")
