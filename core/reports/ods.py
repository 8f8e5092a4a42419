"""OpenDocument spreadsheets, written with odfpy: texts as they are, formulas with their values, statuses in colour."""

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from core.reports.workbook import HEADER_FILL, INK, QUIET, clean_text
from core.store.statuses import Status

_TEXT_OR_REST = re.compile(r'("(?:[^"]|"")*")')
_REFERENCE = re.compile(r"(\$?[A-Z]{1,3}\$?[0-9]+)(?::(\$?[A-Z]{1,3}\$?[0-9]+))?")
_DECLARATION = re.compile(r' xmlns:([\w-]+)="([^"]*)"')
_ROOT = re.compile(r"<[A-Za-z][\w:-]*")
_FREE_FILL = "#F1F3F5"
_PACKED_AT = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class OdsCell:
    """A cell.  formula: as Excel has it; value: what it comes to.  look: one of those that :class:`OdsBook` makes."""

    text: str = ""
    look: str = "plain"
    formula: str | None = None
    value: float | None = None


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


class OdsBook:
    """A spreadsheet in the making; the statuses colour cells of the look ``mark`` whatever is typed into them."""

    def __init__(self, statuses: Sequence[Status]) -> None:
        from odf import opendocument, table

        self._book = opendocument.OpenDocumentSpreadsheet()
        settings = {"usewildcards": "true", "useregularexpressions": "false", "casesensitive": "false"}
        self._book.spreadsheet.addElement(_with_wildcards(table.CalculationSettings, settings))
        self._widths: dict[float, Any] = {}
        self._add_paper()
        self._add_looks()
        self._add_marks(statuses)
        self._add_choices([one.letter for one in statuses if one.active])

    def add_page(
        self, name: str, rows: Sequence[Sequence[OdsCell]], widths_mm: Sequence[float], *, hidden: bool = False
    ) -> None:
        """Add a page; columns are as wide as ``widths_mm`` says."""
        from odf import table

        page = table.Table(name=name, stylename=self._page(hidden=hidden))
        for width in widths_mm:
            page.addElement(table.TableColumn(stylename=self._width(width)))
        for row in rows:
            line = table.TableRow()
            for cell in row:
                line.addElement(self._cell(cell))
            page.addElement(line)
        self._book.spreadsheet.addElement(page)

    def data(self, as_of: datetime) -> bytes:
        """The file.  as_of: aware; its moment of making, so that the same content gives the same bytes."""
        from odf import dc, meta

        moment = as_of.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        for kind in (meta.CreationDate, dc.Date):
            self._book.meta.addElement(kind(text=moment))
        buffer = BytesIO()
        self._book.write(buffer)
        return _repacked(buffer)

    def _cell(self, cell: OdsCell) -> Any:  # noqa: ANN401 - odfpy has no types
        from odf import table, text

        shape: dict[str, Any] = {"stylename": cell.look}
        if cell.look == "mark":
            shape["contentvalidationname"] = "statuses"
        if cell.formula is None:
            made = table.TableCell(valuetype="string", **shape) if cell.text else table.TableCell(**shape)
            words = clean_text(cell.text)
        else:
            kind = {"valuetype": "string"} if cell.value is None else {"valuetype": "float", "value": repr(cell.value)}
            if cell.value is not None and cell.look == "share":
                kind["valuetype"] = "percentage"
            made = table.TableCell(formula=open_formula(cell.formula), **kind, **shape)
            words = "" if cell.value is None else f"{cell.value:.0%}" if cell.look == "share" else f"{cell.value:g}"
        if words:
            made.addElement(text.P(text=words))
        return made

    def _add_looks(self) -> None:
        from odf import number, style

        percent = number.PercentageStyle(name="percent")
        percent.addElement(number.Number(decimalplaces="0", minintegerdigits="1"))
        percent.addElement(number.Text(text="%"))
        self._book.automaticstyles.addElement(percent)
        looks: dict[str, tuple[dict[str, str], dict[str, str], str]] = {
            "plain": ({}, {}, "start"),
            "title": ({"fontsize": "20pt", "fontweight": "bold"}, {}, "start"),
            "quiet": ({"color": QUIET}, {}, "start"),
            "head": ({"color": "#FFFFFF", "fontweight": "bold"}, {"backgroundcolor": HEADER_FILL}, "center"),
            "upright": ({"color": "#FFFFFF"}, {"backgroundcolor": HEADER_FILL, "rotationangle": "90"}, "center"),
            "strong": ({"fontweight": "bold"}, {}, "start"),
            "count": ({}, {}, "center"),
            "share": ({}, {}, "center"),
            "free": ({}, {"backgroundcolor": _FREE_FILL}, "center"),
        }
        for name, (letters, fill, side) in looks.items():
            more = {"datastylename": "percent"} if name == "share" else {}
            made = style.Style(name=name, family="table-cell", **more)
            made.addElement(style.TextProperties(**{"color": INK, **letters}))
            made.addElement(style.TableCellProperties(verticalalign="middle", **fill))
            made.addElement(style.ParagraphProperties(textalign=side))
            self._book.automaticstyles.addElement(made)

    def _add_marks(self, statuses: Sequence[Status]) -> None:
        from odf import style

        mark = style.Style(name="mark", family="table-cell")
        mark.addElement(style.TextProperties(color=INK))
        mark.addElement(style.ParagraphProperties(textalign="center"))
        for number, one in enumerate(statuses):
            made = style.Style(name=f"status{number}", family="table-cell", parentstylename="Default")
            made.addElement(style.TextProperties(color=one.ink))
            made.addElement(style.TableCellProperties(backgroundcolor=one.colour))
            self._book.styles.addElement(made)
            letter = one.letter.replace('"', '""')
            mark.addElement(style.Map(condition=f'cell-content()="{letter}"', applystylename=f"status{number}"))
        self._book.automaticstyles.addElement(mark)

    def _add_choices(self, letters: Sequence[str]) -> None:
        from odf import table

        listed = ";".join('"' + letter.replace('"', '""') + '"' for letter in letters)
        rules = table.ContentValidations()
        condition = f"of:cell-content-is-in-list({listed})"
        rules.addElement(table.ContentValidation(name="statuses", condition=condition, allowemptycell="true"))
        self._book.spreadsheet.addElement(rules)

    def _width(self, width_mm: float) -> Any:  # noqa: ANN401 - odfpy has no types
        from odf import style

        if width_mm not in self._widths:
            made = style.Style(name=f"width{len(self._widths)}", family="table-column")
            made.addElement(style.TableColumnProperties(columnwidth=f"{width_mm}mm"))
            self._book.automaticstyles.addElement(made)
            self._widths[width_mm] = made
        return self._widths[width_mm]

    def _page(self, *, hidden: bool) -> Any:  # noqa: ANN401 - odfpy has no types
        from odf import style

        name = "hidden-page" if hidden else "shown-page"
        made = style.Style(name=name, family="table", masterpagename="Landscape")
        made.addElement(style.TableProperties(display="false" if hidden else "true"))
        self._book.automaticstyles.addElement(made)
        return made

    def _add_paper(self) -> None:
        """A4 across, as wide as the table."""
        from odf import style

        paper = style.PageLayout(name="across")
        sizes = {"pagewidth": "297mm", "pageheight": "210mm", "margin": "12mm", "printorientation": "landscape"}
        paper.addElement(style.PageLayoutProperties(**sizes, scaletox="1", scaletoy="0"))
        self._book.automaticstyles.addElement(paper)
        self._book.masterstyles.addElement(style.MasterPage(name="Landscape", pagelayoutname="across"))


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
