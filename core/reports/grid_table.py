"""The registers as CSV and as OpenDocument spreadsheet."""

import csv
from collections import Counter
from io import BytesIO, StringIO

from core.records import Student
from core.reports import status_cells
from core.reports.grid_page import GridPage, column_label
from core.reports.workbook import clean_text
from core.tables_in import guarded


def as_csv(page: GridPage) -> bytes:
    """One row a student, one column a session; texts that look like formulas are made harmless.

    UTF-8 with the mark by which Excel knows it.
    """
    text = StringIO(newline="")
    writer = csv.writer(text)
    lessons = [one for one in page.columns if one is not None]
    heads = {one.id: " ".join(head.texts[i] for head in page.heads) for i, one in enumerate(page.columns) if one}
    labels = [" ".join(f"{heads[one.id]} {column_label(one)}".split()) for one in lessons]
    letters = {one.code: one.letter for one in page.statuses}
    writer.writerow([guarded(word) for word in ("Roll", "Name", "%", *letters.values(), *labels)])
    for student in page.grid.students:
        codes = [code for session, code in zip(page.columns, page.codes_of(student), strict=True) if session]
        counts = Counter(code for code in codes if code is not None)
        share = status_cells.percent(counts, page.statuses)
        shown = "" if share is None else f"{100 * share:.1f}"
        marks = ["" if code is None else letters[code] for code in codes]
        numbers = [str(counts[one.code]) for one in page.statuses]
        row = [clean_text(student.roll), clean_text(student.name), shown, *numbers, *marks]
        writer.writerow([guarded(word) for word in row])
    return text.getvalue().encode("utf-8-sig")


def as_ods(page: GridPage) -> bytes:
    """The page with its formulas, and hidden what an edited one is compared with."""
    from core.reports.ods import Sheet, write_ods

    sheet = Sheet(page.name)
    sheet.row([page.title], "title")
    sheet.row([page.line], "quiet")
    sheet.row([status_cells.legend(page.statuses)], "quiet")
    blanks = [""] * page.left
    for head in page.heads:
        sheet.row([*blanks, *head.texts], "upright" if head.upright else "head")
    labels = [column_label(one) if one else "" for one in page.columns]
    sheet.row(["Roll", "Name", "%", *(one.letter for one in page.statuses), *labels], "head")
    for number, student in enumerate(page.grid.students):
        _add_student(sheet, page, page.first + number, student)
    sheet.row([page.totals_text], "strong")
    buffer = BytesIO()
    write_ods(buffer, sheet, page)
    return buffer.getvalue()
