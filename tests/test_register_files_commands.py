"""``export`` and ``import marks`` on the command line."""

from pathlib import Path

import openpyxl
import pytest

from core.paths import Home
from core.store import people
from core.store.database import open_store
from tests.cli_support import Cli
from tests.register_support import NAMES, ROLLS, fill


@pytest.fixture
def cli(home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("ROLLCALL_TIME_ZONE", "UTC")
    with open_store(home) as store:
        fill(store, "CS101", ROLLS, NAMES, (0, 300, 24 * 60))
    return Cli(home, capsys)


def test_every_export_says_where_it_is(cli: Cli, tmp_path: Path) -> None:
    folder = cli.home.attendance / "CS101"
    assert cli.json("export", "register", "CS101") == {"file": str(folder / "CS101_register.xlsx"), "note": None}
    assert cli.json("export", "month", "CS101", "--month", "2026-11")["file"] == str(folder / "CS101_2026-11.xlsx")
    assert cli.json("export", "all")["file"] == str(cli.home.attendance / "all_classes.xlsx")
    assert cli.json("export", "marks", "CS101")["file"] == str(folder / "CS101_marks.csv")
    assert Path(cli.json("export", "session", "1")["file"]).name == "CS101_2026-11-02_09-00.xlsx"
    target = tmp_path / "r.ods"
    assert cli("export", "register", "CS101", target, "--from", "2026-11-03", "--to", "2026-11-30") == 0
    assert str(target) in cli.printed
    assert target.exists()


def test_wishes_that_cannot_be(cli: Cli, tmp_path: Path) -> None:
    assert "no month" in cli.refused("export", "month", "CS101", "--month", "November")
    assert "no month" in cli.refused("export", "month", "CS101", "--month", "2026-13")
    assert "before the first" in cli.refused(
        "export", "register", "CS101", "--from", "2026-11-03", "--to", "2026-11-02"
    )
    assert "end in" in cli.refused("export", "register", "CS101", tmp_path / "r.pdf")
    assert ".xlsx" in cli.refused("export", "session", "1", tmp_path / "r.pdf")
    assert ".xlsx" in cli.refused("export", "all", tmp_path / "r.ods")
    assert "There is no class" in cli.refused("export", "marks", "nobody")
    assert "There is no file" in cli.refused("import", "marks", tmp_path / "none.xlsx")


def test_import_shows_then_applies_then_is_undone(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    assert cli("export", "register", "CS101", path) == 0
    book = openpyxl.load_workbook(path)
    book["Register"]["H8"].value = "P"
    book.save(path)
    shown = cli.json("import", "marks", path)
    assert [(one["cell"], one["roll"]) for one in shown["changes"]] == [("Register!H8", "1e5")]
    assert (shown["changes"][0]["before"]["status"], shown["changes"][0]["after"]["status"]) == ("E", "P")
    assert shown["applied"] is None
    assert "--apply does it" in cli.printed
    assert "1 change, 0 conflicts, 0 mistakes" in cli.printed
    done = cli.json("import", "marks", path, "--apply", "--why", "paper list", "--by", "Ms. Rao", "--as-admin")
    assert done["applied"]["changes"] == 1
    assert cli.json("import", "marks", path)["changes"] == []
    assert cli("undo", "CS101", "--session", "1", "--as-admin") == 0
    assert len(cli.json("import", "marks", path)["changes"]) == 1


def test_conflicts_and_mistakes_on_the_command_line(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    assert cli("export", "register", "CS101", path) == 0
    book = openpyxl.load_workbook(path)
    book["Register"]["H8"].value = "P"
    book.save(path)
    assert cli("set", "CS101", "1e5", "L", "--minutes", "5", "--session", "1", "--reason", "seen", "--as-admin") == 0
    (conflict,) = cli.json("import", "marks", path, "--apply", "--as-admin")["conflicts"]
    assert conflict["why"] == "seen"
    assert "--overwrite-conflicts" in cli.printed
    assert (
        cli.json("import", "marks", path, "--apply", "--as-admin", "--overwrite-conflicts")["applied"]["changes"] == 1
    )
    book["Register"]["I8"].value = "Q"
    book.save(path)
    sentence = cli.refused("import", "marks", path, "--apply")
    assert "a mistake, so nothing was changed" in sentence
    assert "Register!I8" in cli.printed


def test_hostile_names_are_printed_as_they_are(cli: Cli, tmp_path: Path) -> None:
    with open_store(cli.home) as store, store.transaction() as db:
        people.add_to_roster(db, 1, people.add_student(db, "[red]x", "[bold]N[/bold]").id)
    path = tmp_path / "marks.csv"
    path.write_text("roll,session,status\n[red]x,1,P\n", encoding="utf-8")
    assert cli("import", "marks", path, "--class", "CS101") == 0
    assert "[red]x" in cli.printed
