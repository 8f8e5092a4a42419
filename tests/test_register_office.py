"""Workbooks that somebody edited in LibreOffice come back with exactly what was edited."""

import random
from pathlib import Path

import pytest
from xlsxwriter.utility import xl_rowcol_to_cell

from core.paths import Home
from core.register_import import apply_import, plan_import
from core.reports import register_files
from core.store.database import Store, open_store
from tests.office_support import ODS, XLSX, edit
from tests.register_support import RAO, SCHOOL, fill, letters_of, store

__all__ = ["store"]
HOSTILE = ("007", "-2+3", "1e5", "=R4", "@x", "'9", "_x0041_", "<b>&amp;", "R 10", "عائشة", "🦄", "TRUE", "1/2")


@pytest.mark.parametrize(("ending", "kind"), [("xlsx", XLSX), ("ods", ODS)])
def test_fifty_cells_are_fifty_changes(home: Home, tmp_path: Path, ending: str, kind: str) -> None:
    with open_store(home) as store:
        fill(store, "CS101", HOSTILE, HOSTILE, range(0, 300 * 20, 300))
        path = register_files.export_register(store, SCHOOL, "CS101", tmp_path / f"r.{ending}").path
        before = letters_of(store, *range(1, 21))
        grid = register_files.load_grid(store, "CS101")
        rolls = [one.roll for one in grid.students]
        places = random.Random(7).sample([(row, column) for row in range(13) for column in range(20)], 50)
        expected, cells = {}, {}
        for row, column in places:
            old = before.get((column + 1, rolls[row]))
            new = {"P": "A", "L": "p", "E": "", "A": "E", None: "L"}[old]
            expected[column + 1, rolls[row]] = new.upper() or None
            head = 7 if any(one.title for one in grid.sessions) else 6
            cells[xl_rowcol_to_cell(head + row, 7 + column)] = new
        edited = edit(path, tmp_path / f"edited.{ending}", {"Register": cells}, kind=kind)
        plan = plan_import(store, edited)
        assert (plan.errors, plan.conflicts, plan.notes) == ((), (), ())
        found = {(one.session.id, one.student.roll): one.after.status if one.after else None for one in plan.changes}
        assert found == expected
        assert len(found) == 50
        assert plan.same == 13 * 20 - 50
        apply_import(store, SCHOOL, RAO, plan)
        after = {key: letter for key, letter in (before | expected).items() if letter}
        assert letters_of(store, *range(1, 21)) == after


def test_sorted_rows_and_moved_columns(store: Store, tmp_path: Path) -> None:
    path = register_files.export_register(store, SCHOOL, "CS101", tmp_path / "r.xlsx").path
    more = [
        'sheet = doc.Sheets.getByName("Register")',
        "Dim fields(0) As New com.sun.star.table.TableSortField",
        "fields(0).Field = 1 : fields(0).IsAscending = False",
        "Dim how(0) As New com.sun.star.beans.PropertyValue",
        'how(0).Name = "SortFields" : how(0).Value = fields()',
        'sheet.getCellRangeByName("A8:J11").sort(how())',
        "sheet.Columns.insertByIndex(7, 1)",
        "sheet.Columns.removeByIndex(9, 1)",
    ]
    edited = edit(path, tmp_path / "e.xlsx", {"Register": {"H8": "A"}}, more=more)
    plan = plan_import(store, edited)
    assert plan.errors == ()
    assert [(one.student.roll, one.session.id, one.after and one.after.status) for one in plan.changes] == [
        ("1e5", 1, "A")
    ]
    assert plan.notes == ("Register: the column of #2 is not in the file; their marks stay as they are.",)
