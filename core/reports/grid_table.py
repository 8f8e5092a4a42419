"""The registers as CSV, as OpenDocument spreadsheet, and as a table to print."""

from collections import Counter

from core.reports import sheet_state, status_cells
from core.reports.grid import (
    Figure,
    GridPage,
    column_figures,
    column_label,
    row_figures,
    session_counts,
    state_of,
    total_figures,
)
from core.reports.ods import OdsBook, OdsCell, OdsPage
from core.reports.result import Cell, ReportResult, Table, columns
from core.tables_out import Value, csv_bytes
from core.words import per_cent


def as_csv(page: GridPage) -> bytes:
    """One row a student, one column a session; texts that look like formulas are made harmless."""
    heads = {one.id: " ".join(head.texts[i] for head in page.heads) for i, one in enumerate(page.columns) if one}
    labels = [" ".join(f"{heads[one.id]} {column_label(one)}".split()) for one in page.columns if one is not None]
    letters = {one.code: one.letter for one in page.statuses}
    rows: list[list[Value]] = []
    for student in page.grid.students:
        codes = [code for session, code in zip(page.columns, page.codes_of(student), strict=True) if session]
        counts = Counter(code for code in codes if code is not None)
        share = status_cells.percent(counts, page.statuses)
        shown = "" if share is None else f"{100 * share:.1f}"
        marks = ["" if code is None else letters[code] for code in codes]
        rows.append([student.roll, student.name, shown, *(counts[one.code] for one in page.statuses), *marks])
    return csv_bytes([["Roll", "Name", "%", *letters.values(), *labels], *rows])


def as_result(page: GridPage) -> ReportResult:
    """The page to be printed: letters without colours, only the columns with a lesson, sums at the foot."""
    here = [(place, one) for place, one in enumerate(page.columns) if one is not None]
    heads = [" ".join(dict.fromkeys(head.texts[place] for head in page.heads[:2])) for place, _ in here]
    letters = {one.code: one.letter for one in page.statuses}
    rows: list[tuple[Cell, ...]] = []
    for student in page.grid.students:
        codes = page.codes_of(student)
        counts = Counter(code for code in codes if code is not None)
        marks = ["" if codes[place] is None else letters[codes[place] or ""] for place, _ in here]
        share = _percent(status_cells.percent(counts, page.statuses))
        rows.append((student.roll, student.name, share, *(str(counts[one.code]) for one in page.statuses), *marks))
    shares = [_percent(status_cells.percent(session_counts(page, one), page.statuses)) for _, one in here]
    blanks = [""] * len(page.statuses)
    rows.append(
        (page.totals_text, "Attendance", None, *blanks, *("" if one is None else per_cent(one) for one in shares))
    )
    named = columns("Roll", "Name", ("%", "percent"), *letters.values(), *heads)
    sentences = (page.line, status_cells.legend(page.statuses))
    return ReportResult("register", page.title, sentences, (Table(page.name, named, tuple(rows)),))


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def as_ods(page: GridPage) -> bytes:
    """The page with its formulas and, hidden, what an edited one is compared with; the same page, the same bytes."""
    book = OdsBook()
    book.add_statuses(page.statuses)
    widths = [24, 56, 16, *[10] * len(page.statuses), *(13 if one else 8 for one in page.columns)]
    book.add_page(OdsPage(page.name, _cells(page), widths))
    letters = {one.code: one.letter for one in page.statuses}
    state = sheet_state.WorkbookState(letters, (state_of(page),))
    rows = [[OdsCell(word) for word in row] for row in sheet_state.state_rows(state, page.statuses)]
    book.add_page(OdsPage(sheet_state.PAGE, rows, hidden=True))
    return book.data(page.grid.as_of)


def _cells(page: GridPage) -> list[list[OdsCell]]:
    texts = [(page.title, "title"), (page.line, "quiet"), (status_cells.legend(page.statuses), "quiet")]
    rows = [[OdsCell(text, look)] for text, look in texts]
    blanks = [OdsCell("", "head")] * page.left
    for head in page.heads:
        rows.append([*blanks, *(OdsCell(text, "upright" if head.upright else "head") for text in head.texts)])
    labels = ["Roll", "Name", "%", *(one.letter for one in page.statuses)]
    labels += [column_label(one) if one else "" for one in page.columns]
    rows.append([OdsCell(label, "head") for label in labels])
    letters = {one.code: one.letter for one in page.statuses}
    for number, student in enumerate(page.grid.students):
        codes = page.codes_of(student)
        figures = [_figure(one) for one in row_figures(page, page.first + number, codes)]
        marks = [
            OdsCell("" if code is None else letters[code], "mark" if session else "free")
            for session, code in zip(page.columns, codes, strict=True)
        ]
        rows.append([OdsCell(student.roll), OdsCell(student.name), *figures, *marks])
    if not page.grid.students:
        rows.append([OdsCell("Nobody is on the roster of this class.", "quiet")])
    return rows + _totals(page)


def _totals(page: GridPage) -> list[list[OdsCell]]:
    names = [(page.totals_text, "Marks"), *((one.letter, one.name) for one in page.statuses)]
    names += [("", "In the room"), ("", "Attendance")]
    rows = [[OdsCell(letter, "strong"), OdsCell(name, "strong")] for letter, name in names]
    rows[0] += [_figure(one) for one in total_figures(page)]
    for row in rows[1:]:
        row += [OdsCell()] * (1 + len(page.statuses))
    for number, session in enumerate(page.columns):
        figures = list(column_figures(page, page.left + number, session)) if session else []
        for place, row in enumerate(rows):
            row.append(_figure(figures[place]) if figures else OdsCell("", "free"))
    return rows


def _figure(figure: Figure) -> OdsCell:
    text = "" if figure.value is None else f"{figure.value:.0%}" if figure.is_share else f"{figure.value:g}"
    return OdsCell(text, "share" if figure.is_share else "count", figure.value, figure.formula)
