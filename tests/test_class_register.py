"""The registers as workbooks and tables, read back cell by cell."""

import csv
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.errors import InputError, NotFoundError
from core.paths import Home
from core.reports import grid_table, register_files
from core.reports.class_register import month_page
from core.reports.register_files import Period
from core.reports.status_cells import count_formula, percent, percent_formula
from core.reports.workbook import page_names
from core.store import people
from core.store.database import Store, open_store
from core.store.marks import MarkState, Wish, write_marks
from core.store.statuses import Status, save_status
from tests.office_support import convert, edit
from tests.register_support import NAMES, RAO, ROLLS, SCHOOL, fill, letters_of, store

__all__ = ["store"]
OURS = re.compile(r"=(IF|COUNTIF|COUNTA|SUM)\(.*|=[A-Z]+\d+(\+[A-Z]+\d+)*|='?[\w ]+'?!\$?[A-Z]+\$?\d+")
OWN = Status("TRIP", "*?", 'Trip "out"', "excused", 0.5, "#102030", "#FFFFFF")


def exported(store: Store, tmp_path: Path, name: str = "r.xlsx", **more: Any) -> Path:
    return register_files.export_register(store, SCHOOL, "cs101", tmp_path / name, **more).path


def pages(path: Path) -> tuple[Any, Any]:
    """The workbook with its formulas, and with the values that were written."""
    return openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)


def test_rows_columns_and_formulas(store: Store, tmp_path: Path) -> None:
    book, known = pages(exported(store, tmp_path))
    page, values = book["Register"], known["Register"]
    assert [page.cell(row, 8).value for row in (4, 5, 6, 7)] == [None, "Mon 2 Nov 2026", "09:00", "#1"]
    assert [page.cell(row, 9).value for row in (4, 5, 6, 7)] == ["Lab", "Mon 2 Nov 2026", "14:00", "#2"]
    assert [cell.value for cell in page[7]] == ["Roll", "Name", "%", "P", "L", "E", "A", "#1", "#2", "#3"]
    assert [[cell.value for cell in row[7:10]] for row in page["A8:J11"]] == [
        ["E", "A", None],
        ["P", "L", "E"],
        ["A", "P", None],
        ["L", "E", "A"],
    ]
    assert [row[0].value for row in page["A8:A11"]] == ["1e5", "007", "=R4", "R-2"]
    assert page["D8"].value == '=COUNTIF($H8:$J8,"P")'
    assert page["C8"].value == '=IF((D8+E8+G8)=0,"",(D8+E8)/(D8+E8+G8))'
    assert (values["C8"].value, values["C9"].value) == (0, 1)
    assert page["A12"].value == "Totals"
    assert [values.cell(12, column).value for column in range(3, 11)] == [4 / 7, 2, 2, 3, 3, 4, 4, 2]
    assert [values.cell(row, 8).value for row in range(13, 19)] == [1, 1, 1, 1, 2, 2 / 3]
    assert [page.cell(row, 2).value for row in range(13, 19)][-2:] == ["In the room", "Attendance"]


def test_names_are_never_formulas(store: Store, tmp_path: Path) -> None:
    for path in (exported(store, tmp_path), register_files.export_all(store, SCHOOL, tmp_path / "all.xlsx").path):
        for page in openpyxl.load_workbook(path):
            for cell in (cell for row in page.iter_rows() for cell in row if cell.data_type == "f"):
                assert OURS.fullmatch(cell.value)
    page = openpyxl.load_workbook(exported(store, tmp_path))["Register"]
    texts = {(row[0].value, row[1].value) for row in page["A8:B11"]}
    assert texts == set(zip(ROLLS, NAMES, strict=True))


def test_behaviour_on_screen_and_paper(store: Store, tmp_path: Path) -> None:
    book, _ = pages(exported(store, tmp_path))
    page = book["Register"]
    assert page.freeze_panes == "D8"
    assert (page.print_title_rows, page.print_title_cols) == ("$4:$7", "$A:$C")
    assert (page.page_setup.paperSize, page.page_setup.orientation) == (9, "landscape")
    (rule,) = page.data_validations.dataValidation
    assert (rule.type, rule.formula1, str(rule.sqref)) == ("list", "Rollcall!$A$1:$A$4", "H8:J11")
    coloured = {rule.formula[0] for rules in page.conditional_formatting for rule in rules.rules}
    assert coloured == {'"P"', '"L"', '"E"', '"A"', "0.75"}
    assert page["A3"].value == "P Present · L Late · E Excused (does not count) · A Absent"
    assert book["Rollcall"].sheet_state == "veryHidden"
    assert len(book["Sessions"]._charts) == 1


def test_a_long_register_goes_over_several_pages(home: Home, tmp_path: Path) -> None:
    with open_store(home) as store:
        fill(store, "CS101", ROLLS, NAMES, range(0, 90 * 100, 100))
        page = openpyxl.load_workbook(exported(store, tmp_path))["Register"]
    assert page.page_setup.scale == 72
    assert not (page.sheet_properties.pageSetUpPr and page.sheet_properties.pageSetUpPr.fitToPage)


def test_the_same_register_gives_the_same_bytes(store: Store, tmp_path: Path) -> None:
    for name in ("a.xlsx", "a.ods", "a.csv"):
        first = exported(store, tmp_path, name).read_bytes()
        assert exported(store, tmp_path, f"again-{name}").read_bytes() == first
    with store.transaction() as db:
        write_marks(db, RAO, [Wish(3, 4, MarkState("P"))])
    assert exported(store, tmp_path, "b.xlsx").read_bytes() != (tmp_path / "a.xlsx").read_bytes()


def test_empty_class_and_no_sessions(store: Store, tmp_path: Path) -> None:
    with store.transaction() as db:
        people.add_class(db, "NEW", "New")
    for name in ("n.xlsx", "n.ods", "n.csv"):
        assert register_files.export_register(store, SCHOOL, "NEW", tmp_path / name).path.exists()
    page = openpyxl.load_workbook(tmp_path / "n.xlsx")["Register"]
    assert page["A2"].value == "Lakeside School · NEW · no sessions"
    with pytest.raises(NotFoundError):
        register_files.export_register(store, SCHOOL, "nobody", tmp_path / "x.xlsx")
    with pytest.raises(InputError, match="end in"):
        exported(store, tmp_path, "r.doc")
    with pytest.raises(InputError, match="before the first"):
        Period(date(2026, 2, 1), date(2026, 1, 1))


def test_days_can_be_chosen(store: Store, tmp_path: Path) -> None:
    path = exported(store, tmp_path, period=Period(date(2026, 11, 3), date(2026, 11, 3)))
    page = openpyxl.load_workbook(path)["Register"]
    assert [cell.value for cell in page[6]][7:] == ["#3"]


def test_month_has_every_day_and_two_columns_for_two_sessions(store: Store, tmp_path: Path) -> None:
    path = register_files.export_month(store, SCHOOL, "CS101", 2026, 11, tmp_path / "m.xlsx").path
    page = openpyxl.load_workbook(path)["November 2026"]
    assert [cell.value for cell in page[5]][7:] == ["1", "2", "2", *(str(day) for day in range(3, 31))]
    assert [cell.value for cell in page[7]][7:12] == [None, "#1", "#2", "#3", None]
    assert [cell.value for cell in page[8]][7:12] == [None, "E", "A", None, None]
    with pytest.raises(InputError):
        register_files.export_month(store, SCHOOL, "CS101", 2026, 13)


def test_a_month_to_print_has_all_letters_and_only_days_with_lessons(store: Store, tmp_path: Path) -> None:
    path = register_files.export_month(store, SCHOOL, "CS101", 2026, 11, tmp_path / "m.pdf").path
    assert path.read_bytes().startswith(b"%PDF")
    school = register_files.load_school(store, SCHOOL)
    grid = register_files.load_grid(store, "CS101", register_files.month_period(2026, 11))
    (table,) = grid_table.as_result(month_page(grid, school, 2026, 11)).tables
    assert [one.name for one in table.columns][-3:] == ["Mo 2", "Mo 2", "Tu 3"]
    letters = letters_of(store, 1, 2, 3)
    shown = {(number + 1, row[0]): row[-3:][number] for row in table.rows[:-1] for number in range(3)}
    assert {key: letter for key, letter in shown.items() if letter} == letters
    assert table.rows[-1][:2] == ("Totals", "Attendance")


def test_all_classes_with_names_that_sheets_cannot_have(store: Store, tmp_path: Path) -> None:
    fill(store, "A/B:[1]?*", ("x1",), ("X",), (0,))
    fill(store, "a_b__1___", ("x2",), ("Y",), (0,))
    fill(store, "Summary", ("x3",), ("Z",), (0, 60))
    path = register_files.export_all(store, SCHOOL, tmp_path / "all.xlsx").path
    book, known = pages(path)
    assert len({name.casefold() for name in book.sheetnames}) == len(book.sheetnames) == 6
    summary = known["Summary"]
    rows = {row[0].value: [cell.value for cell in row[3:10]] for row in summary["A5:J8"]}
    assert rows["CS101"] == [4, 3, 4 / 7, 2, 2, 3, 3]
    assert rows["Summary"][:2] == [1, 2]
    assert [cell.value for cell in summary[9]][4] == 7


@pytest.mark.parametrize("code", ["x" * 40, "'", "''a''", "History", "🦄" * 20, ""])
def test_page_names(code: str) -> None:
    names = page_names([code, code], taken=["Summary"])
    assert len({one.casefold() for one in names}) == 2
    for name in names:
        assert 1 <= len(name.encode("utf-16-le")) // 2 <= 31
        assert not set("[]:*?/\\") & set(name)
        assert name[0] != "'" != name[-1]
        assert name.casefold() != "history"


def test_own_statuses_in_formulas(store: Store, tmp_path: Path) -> None:
    with store.transaction() as db:
        save_status(db, OWN)
        write_marks(db, RAO, [Wish(3, 4, MarkState("TRIP"))], why="trip")
    book, known = pages(exported(store, tmp_path))
    page, values = book["Register"], known["Register"]
    row = next(row[0].row for row in page["A8:A11"] if row[0].value == "=R4")
    assert page.cell(row, 8).value == f'=COUNTIF($I{row}:$K{row},"=~*~?")'
    below = f"(D{row}+E{row}+G{row}+H{row})"
    assert page.cell(row, 3).value == f'=IF({below}=0,"",(D{row}+E{row}+0.5*H{row})/{below})'
    assert values.cell(row, 3).value == 0.5
    assert page["A3"].value.endswith('*? Trip "out" (counts 50%)')


def test_weighing() -> None:
    statuses = [Status("P", "P", "P", "present", 1.0, "", ""), Status("H", "H", "H", "late", 0.25, "", "")]
    assert percent({"P": 1, "H": 2}, statuses) == 0.5
    assert percent({}, statuses) is None
    assert percent_formula([]) == '=""'
    assert count_formula("A1:B1", ">1") == 'COUNTIF(A1:B1,"=>1")'


def test_csv_and_marks_are_harmless_and_complete(store: Store, tmp_path: Path) -> None:
    raw = exported(store, tmp_path, "r.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(raw.decode("utf-8-sig").splitlines()))
    assert rows[0][:3] + rows[0][-2:] == ["Roll", "Name", "%", "Lab Mon 2 Nov 2026 14:00 #2", "Tue 3 Nov 2026 09:00 #3"]
    assert ["'=R4", NAMES[3]] in [row[:2] for row in rows]
    marks = register_files.export_marks(store, SCHOOL, "CS101", tmp_path / "m.csv").path
    found = list(csv.DictReader(marks.read_text("utf-8-sig").splitlines()))
    assert len(found) == 10
    assert found[0]["date"], found[0]["start"] == ("2026-11-02", "09:00")
    assert {one["minutes"] for one in found if one["status"] == "L"} == {"7"}


def test_default_places(store: Store) -> None:
    written = register_files.export_register(store, SCHOOL, "CS101").path
    assert written == store.home.attendance / "CS101" / "CS101_register.xlsx"
    assert register_files.export_month(store, SCHOOL, "CS101", 2026, 11).path.name == "CS101_2026-11.xlsx"


@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_libreoffice_opens_it_and_comes_to_the_same(store: Store, tmp_path: Path, ending: str) -> None:
    """Every formula, calculated anew by LibreOffice, gives what was written beside it."""
    with store.transaction() as db:
        save_status(db, OWN)
        write_marks(db, RAO, [Wish(3, 4, MarkState("TRIP"))], why="trip")
    path = exported(store, tmp_path, f"r.{ending}")
    again = edit(path, tmp_path / "again.xlsx", {})
    calculated = openpyxl.load_workbook(again, data_only=True)
    ours = openpyxl.load_workbook(exported(store, tmp_path, "ours.xlsx"), data_only=True)
    compared = 0
    for name in ["Register"] + (["Sessions"] if ending == "xlsx" else []):
        for row in ours[name].iter_rows():
            for cell in row:
                other = calculated[name][cell.coordinate].value
                if isinstance(cell.value, int | float):
                    assert other == pytest.approx(cell.value, abs=1e-12), cell.coordinate
                    compared += 1
                else:
                    assert (other or None) == cell.value, cell.coordinate
    assert compared > 40


def test_every_workbook_becomes_a_pdf(store: Store, tmp_path: Path) -> None:
    files = [
        exported(store, tmp_path),
        exported(store, tmp_path, "o.ods"),
        register_files.export_month(store, SCHOOL, "CS101", 2026, 11, tmp_path / "m.xlsx").path,
        register_files.export_all(store, SCHOOL, tmp_path / "all.xlsx").path,
    ]
    for path in files:
        assert convert(path, "pdf", tmp_path / "pdf").read_bytes().startswith(b"%PDF")


def test_what_excel_is_strict_about(store: Store, tmp_path: Path) -> None:
    with zipfile.ZipFile(register_files.export_all(store, SCHOOL, tmp_path / "all.xlsx").path) as package:
        sheets = {name: package.read(name).decode() for name in package.namelist() if "/sheet" in name}
    for text in sheets.values():
        areas = re.findall(r'<dataValidation [^>]*sqref="([^"]+)"', text)
        assert len(areas) == len(set(areas)) <= 1
        assert all(len(formula) < 8192 for formula in re.findall(r"<f>([^<]*)</f>", text))
        assert all(len(found) <= 255 for found in re.findall(r"<formula1>([^<]*)</formula1>", text))
