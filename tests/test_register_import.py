"""Edited workbooks and tables of marks, taken back into the register."""

import shutil
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core import clock
from core.actor import Actor
from core.correcting import set_marks, undo
from core.errors import ConflictError, InputError
from core.paths import Home
from core.register_import import ImportPlan, apply_import, plan_file, plan_import, plan_table
from core.reports import register_files
from core.reports.session_files import write_sheet_of
from core.store import people
from core.store.database import Store, open_store
from core.store.marks import MarkState, Wish, changes_of, marks_of
from core.store.statuses import list_statuses, save_status
from tests.register_support import RAO, SCHOOL, fill, letters_of, store

__all__ = ["store"]


@pytest.fixture
def path(store: Store, tmp_path: Path) -> Path:
    """The exported register; row 8 is 1e5, 9 is 007, 10 is =R4, 11 is R-2; columns H to J the sessions 1 to 3."""
    return register_files.export_register(store, SCHOOL, "CS101", tmp_path / "r.xlsx").path


def change(path: Path, cells: dict[str, Any], page: str = "Register") -> Path:
    """What somebody typed into a workbook."""
    book = openpyxl.load_workbook(path)
    for cell, value in cells.items():
        book[page][cell].value = value
        if isinstance(value, str):
            book[page][cell].data_type = "s"
    book.save(path)
    return path


def shown(plan: ImportPlan) -> list[tuple[str, str, str | None, str | None]]:
    return [
        (one.where, one.student.roll, one.before and one.before.status, one.after and one.after.status)
        for one in plan.changes
    ]


def test_nothing_edited_nothing_changed(store: Store, path: Path) -> None:
    plan = plan_import(store, path)
    assert (plan.changes, plan.conflicts, plan.errors, plan.notes, plan.same) == ((), (), (), (), 12)
    assert apply_import(store, SCHOOL, RAO, plan).changes == ()


def test_edits_are_applied_with_their_history_and_undone_as_one(store: Store, path: Path) -> None:
    before = letters_of(store, 1, 2, 3)
    plan = plan_import(store, change(path, {"H8": " p ", "I9": "absent", "J10": "L", "J11": None, "J8": 5}))
    assert plan.errors == ("Register!J8: “5” is no status; use one of P (present), L (late), E (excused), A (absent).",)
    with pytest.raises(InputError, match="a mistake, so nothing was changed"):
        apply_import(store, SCHOOL, RAO, plan)
    plan = plan_import(store, change(path, {"J8": None}))
    assert shown(plan) == [
        ("Register!H8", "1e5", "E", "P"),
        ("Register!I9", "007", "L", "A"),
        ("Register!J10", "=R4", None, "L"),
        ("Register!J11", "R-2", "A", None),
    ]
    done = apply_import(store, SCHOOL, RAO, plan, "paper list")
    assert len(done.changes) == 4
    after = letters_of(store, 1, 2, 3)
    assert (after[1, "1e5"], after[2, "007"], after[3, "=R4"]) == ("P", "A", "L")
    assert (3, "R-2") not in after
    with store.read() as db:
        history = changes_of(db, limit=4)
        assert {(one.by, one.why, one.act) for one in history} == {("Ms. Rao", "paper list", done.act)}
        assert {one.after.source for one in history if one.after} == {"import"}
    assert plan_import(store, path).changes == ()
    undo(store, SCHOOL, RAO, 1)
    assert letters_of(store, 1, 2, 3) == before


def test_conflicts_are_named_and_left_unless_asked(store: Store, path: Path) -> None:
    change(path, {"H8": "P", "H9": "A", "H10": "L"})
    other = Actor("Mr. Li", "teacher")
    three = people_ids(store)
    wishes = [Wish(1, three["1e5"], MarkState("L")), Wish(1, three["007"], MarkState("A"))]
    set_marks(store, SCHOOL, Actor("Mr. Li", "admin"), wishes, why="was there")
    plan = plan_import(store, path)
    assert other.name == plan.conflicts[0].by
    (conflict,) = plan.conflicts
    assert (conflict.why, conflict.exported and conflict.exported.status) == ("was there", "E")
    assert (conflict.change.where, conflict.change.before and conflict.change.before.status) == ("Register!H8", "L")
    assert [one.where for one in plan.changes] == ["Register!H10"], "what is so already is no change"
    apply_import(store, SCHOOL, RAO, plan)
    assert letters_of(store, 1)[1, "1e5"] == "L"
    apply_import(store, SCHOOL, RAO, plan_import(store, path), overwrite_conflicts=True)
    assert letters_of(store, 1)[1, "1e5"] == "P"


def test_nothing_slips_in_between(store: Store, path: Path) -> None:
    plan = plan_import(store, change(path, {"H8": "P", "H9": "A"}))
    set_marks(store, SCHOOL, RAO, [Wish(1, people_ids(store)["007"], MarkState("E"))], why="note")
    with pytest.raises(ConflictError, match="changed while you looked"):
        apply_import(store, SCHOOL, RAO, plan)
    assert letters_of(store, 1)[1, "1e5"] == "E", "all or nothing"


def people_ids(store: Store) -> dict[str, int]:
    with store.read() as db:
        return {one.roll: one.id for one in people.list_students(db)}


def test_rows_and_columns_may_move_and_go(store: Store, path: Path) -> None:
    book = openpyxl.load_workbook(path)
    page = book["Register"]
    rows = [[page.cell(row, column).value for column in range(1, 11)] for row in range(8, 12)]
    rows[0][7] = "P"
    for number, row in enumerate(reversed(rows[:3])):
        for column, value in enumerate(row, 1):
            page.cell(8 + number, column).value = value
            if column < 3:
                page.cell(8 + number, column).data_type = "s"
    for column in range(1, 11):
        page.cell(11, column).value = None
    page.insert_cols(1)
    page.delete_cols(11)
    page.insert_cols(10)
    page["J9"].value = "x"
    page.insert_rows(2, 3)
    book.save(path)
    plan = plan_import(store, path)
    assert plan.errors == ()
    assert shown(plan) == [("Register!I13", "1e5", "E", "P")]
    words = " ".join(plan.notes)
    assert "R-2 is not in the file" in words
    assert "#3 is not in the file" in words
    assert "J12: this column has no session number" in words


def test_wrong_rows_are_told_with_their_cell(store: Store, path: Path) -> None:
    change(path, {"A8": "0007", "A9": "R-2", "A10": None, "I7": "#1"})
    errors = plan_import(store, path).errors
    assert any(one.startswith("Register!A8: the roll number “0007” was not in this export") for one in errors)
    assert any(one.startswith("Register!A11: the roll number R-2 stands in two rows") for one in errors)
    assert any(one.startswith("Register!A10: this row has marks but no roll number") for one in errors)
    assert any(one.startswith("Register!I7: the session #1 has two columns") for one in errors)
    assert any("#9" in one for one in plan_import(store, change(path, {"I7": "#9"})).errors)
    with pytest.raises(InputError, match="heading"):
        plan_import(store, change(path, {"A7": "Number"}))


def test_the_register_moved_on_since_the_export(store: Store, path: Path) -> None:
    change(path, {"H8": "P", "H9": "A", "I10": "A", "J9": "A"})
    with store.transaction() as db:
        people.delete_student(db, "1e5")
        save_status(
            db, next(one for one in list_statuses(db) if one.code == "A")._replace_letter("X")
        ) if False else None
    plan = plan_import(store, path)
    assert plan.errors == ("Register!H8: the student 1e5 is no longer in Rollcall.",)
    assert len(plan.changes) == 3


def test_letters_mean_what_they_meant_at_the_export(store: Store, path: Path) -> None:
    from dataclasses import replace

    change(path, {"H8": "A"})
    with store.transaction() as db:
        by_code = {one.code: one for one in list_statuses(db)}
        save_status(db, replace(by_code["A"], letter="X", name="Away"))
    assert [one.after and one.after.status for one in plan_import(store, path).changes] == ["A"]
    change(path, {"H8": "away"})
    assert [one.after and one.after.status for one in plan_import(store, path).changes] == ["A"]


def test_another_school(store: Store, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Two classes are told apart by the second they were made in.
    later = clock.now() + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    with open_store(Home(tmp_path / "other")) as other:
        fill(other, "CS101", ("007",), ("Ada",), (0,))
        with pytest.raises(InputError, match="another data base"):
            plan_import(other, path)


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3000])


def foreign(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "Roll"
    book.save(path)


def meddled(path: Path) -> None:
    change(path, {"D3": "99"}, "Rollcall")


def without_hidden_page(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    del book["Rollcall"]
    book.save(path)


def with_macros(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/vbaProject.bin", b"x")


def encrypted(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"))


def bomb(path: Path) -> None:
    repack(path, "xl/worksheets/sheet1.xml", b"<a>" + bytes(500_000_000) + b"</a>")


def with_entities(path: Path) -> None:
    with zipfile.ZipFile(path) as package:
        text = package.read("xl/sharedStrings.xml").decode()
    entity = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><sst'
    repack(path, "xl/sharedStrings.xml", text.replace("<sst", entity, 1).replace("<t>Roll</t>", "<t>&e;</t>").encode())


def repack(path: Path, name: str, data: bytes) -> None:
    with zipfile.ZipFile(path) as package:
        parts = {one: package.read(one) for one in package.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for one, content in (parts | {name: data}).items():
            package.writestr(one, content)


@pytest.mark.parametrize(
    "spoil", [damaged, foreign, meddled, without_hidden_page, with_macros, encrypted, bomb, with_entities]
)
def test_files_that_are_refused_with_a_sentence(store: Store, path: Path, spoil: Any) -> None:
    spoil(path)
    with pytest.raises(InputError) as refused:
        plan_import(store, path)
    assert path.name in str(refused.value)
    assert "passwd" not in str(refused.value)
    assert 20 < len(str(refused.value)) < 300


def test_session_sheet_comes_back_with_minutes_and_reason(store: Store, tmp_path: Path) -> None:
    path = write_sheet_of(store, SCHOOL, 3, tmp_path / "s.xlsx").path
    page = openpyxl.load_workbook(path)["Attendance"]
    assert [[page.cell(row, column).value for column in (1, 3)] for row in range(10, 14)] == [
        ["1e5", None],
        ["007", "E"],
        ["=R4", None],
        ["R-2", "A"],
    ]
    assert plan_import(store, path).same == 4
    change(path, {"C10": "l", "D10": 12, "E11": "doctor", "E12": "no status"}, "Attendance")
    plan = plan_import(store, path)
    assert plan.errors == ("Attendance!C12: minutes or a reason need a status beside them.",)
    change(path, {"E12": None}, "Attendance")
    apply_import(store, SCHOOL, RAO, plan_import(store, path))
    ids = people_ids(store)
    with store.read() as db:
        marks = marks_of(db, [3])
    assert marks[3, ids["1e5"]].state == MarkState("L", 12, None, "import")
    assert marks[3, ids["007"]].state == MarkState("E", None, "doctor", "import")
    change(path, {"D10": "soon"}, "Attendance")
    assert "no whole number of minutes" in plan_import(store, path).errors[0]


def test_all_classes_and_month_come_back(store: Store, tmp_path: Path) -> None:
    fill(store, "B", ("b1", "b2"), ("Bo", "Bea"), (0, 60))
    path = register_files.export_all(store, SCHOOL, tmp_path / "all.xlsx").path
    change(path, {"H8": "L"}, "B")
    assert [one.where for one in plan_import(store, change(path, {"H8": "P"}, "CS101")).changes] == ["B!H8", "CS101!H8"]
    month = register_files.export_month(store, SCHOOL, "CS101", 2026, 11, tmp_path / "m.xlsx").path
    change(month, {"I8": "P", "N9": "P"}, "November 2026")
    plan = plan_import(store, month)
    assert [one.where for one in plan.changes] == ["November 2026!I8"]
    assert "N9: this column has no session number" in plan.notes[0]


def table(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "marks.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", ["csv", "xlsx", "ods"])
def test_exported_marks_come_back_unchanged(store: Store, tmp_path: Path, ending: str) -> None:
    path = register_files.export_marks(store, SCHOOL, "CS101", tmp_path / f"m.{ending}").path
    plan = plan_file(store, SCHOOL, path, "CS101")
    assert (plan.changes, plan.errors, plan.same) == ((), (), 10)
    with pytest.raises(InputError, match="--class"):
        plan_file(store, SCHOOL, path)


def test_table_by_session_by_day_and_by_time(store: Store, tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "Roll;Date;Time;Session;Status;Minutes;Reason",
        "007;2026-11-03;;;P;;",
        "1e5;2026-11-02;14:00;;late;9;bus",
        "R-2;;;1;-;;",
        "'=R4;2026-11-02 9:00;;;;;",
    )
    plan = plan_table(store, SCHOOL, path, "cs101")
    assert plan.errors == ()
    assert shown(plan) == [("Row 2", "007", "E", "P"), ("Row 3", "1e5", "A", "L"), ("Row 4", "R-2", "L", None)]
    apply_import(store, SCHOOL, RAO, plan)
    with store.read() as db:
        assert marks_of(db, [2])[2, people_ids(store)["1e5"]].state == MarkState("L", 9, "bus", "import")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("nobody,2026-11-03,,,P", "not on the roster"),
        ("007,2026-11-02,,,P", "several sessions"),
        ("007,2026-11-02,08:00,,P", "no session on 2026-11-02 at 08:00"),
        ("007,2026-12-24,,,P", "no session on"),
        ("007,3.11.2026,,,P", "is no date"),
        ("007,2026-11-03,nine,,P", "no time of day"),
        ("007,,,99,P", "no session number 99"),
        ("007,,,x,P", "no number of a session"),
        ("007,,,1,Q", "is no status"),
    ],
)
def test_rows_of_a_table_that_cannot_be_read(store: Store, tmp_path: Path, row: str, words: str) -> None:
    plan = plan_table(store, SCHOOL, table(tmp_path, "roll,date,time,session,status", row), "CS101")
    (error,) = plan.errors
    assert error.startswith("Row 2: ")
    assert words in error


def test_a_table_that_contradicts_itself_or_is_none(store: Store, tmp_path: Path) -> None:
    plan = plan_table(store, SCHOOL, table(tmp_path, "roll,session,status", "007,1,P", "007,1,A"), "CS101")
    assert "row 2 says something else" in plan.errors[0]
    with pytest.raises(InputError, match="session or date"):
        plan_table(store, SCHOOL, table(tmp_path, "roll,status", "007,P"), "CS101")
    with pytest.raises(InputError):
        plan_table(store, SCHOOL, table(tmp_path, ""), "CS101")


def test_dates_of_excel(store: Store, tmp_path: Path) -> None:
    from datetime import datetime

    book = openpyxl.Workbook()
    book.active.append(["Roll", "Date", "Status"])
    book.active.append(["007", datetime(2026, 11, 2, 14, 0), "A"])
    book.active.append(["007", datetime(2026, 11, 3), "A"])
    book.save(tmp_path / "t.xlsx")
    plan = plan_file(store, SCHOOL, tmp_path / "t.xlsx", "CS101")
    assert [(one.session.id, one.after and one.after.status) for one in plan.changes] == [(2, "A"), (3, "A")]


def test_the_export_stays_as_it_was(store: Store, path: Path, tmp_path: Path) -> None:
    copy = shutil.copy(path, tmp_path / "copy.xlsx")
    plan_import(store, path)
    assert path.read_bytes() == Path(copy).read_bytes()


def test_a_register_saved_as_csv_is_taken_back(store: Store, tmp_path: Path) -> None:
    path = register_files.export_register(store, SCHOOL, "CS101", tmp_path / "r.csv").path
    with pytest.raises(InputError, match="--class"):
        plan_file(store, SCHOOL, path)
    plan = plan_file(store, SCHOOL, path, "CS101")
    assert (plan.changes, plan.errors, plan.same) == ((), (), 10)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    # Sorted another way, a title above it, totals below it, one mark changed, one taken away, two mistakes.
    row = next(i for i, line in enumerate(lines) if line.startswith("R-2"))
    assert lines[row].endswith("L,E,A")
    lines[row] = lines[row].removesuffix("L,E,A") + "p,-,Q"
    path.write_text(
        "\n".join(["My class", lines[0], *reversed(lines[1:]), "R9,Eve,,,,,,,,P", "Totals,Marks,,,,,,9,9,9"])
    )
    plan = plan_file(store, SCHOOL, path, "CS101")
    assert [(roll, before, after) for _, roll, before, after in shown(plan)] == [("R-2", "L", "P"), ("R-2", "E", None)]
    assert [error.split(":")[0] for error in plan.errors] == ["J3", "J7"]
    assert "no status" in plan.errors[0]
    assert "not on the roster" in plan.errors[1]


def test_marks_of_who_left_the_class_come_back_as_they_went(store: Store, tmp_path: Path) -> None:
    with store.transaction() as db:
        people.remove_from_roster(db, 1, people.get_student(db, "R-2").id)
    for export, name in ((register_files.export_marks, "m.csv"), (register_files.export_register, "r.csv")):
        path = export(store, SCHOOL, "CS101", tmp_path / name).path
        plan = plan_file(store, SCHOOL, path, "CS101")
        assert (plan.changes, plan.errors, plan.same) == ((), (), 10)
