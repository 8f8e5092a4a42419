"""Importing lists and photos: the preview, changed columns, errors by row, applying, reasons for pictures."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.enrolment import StudentReport
from core.paths import Home
from core.rosters.columns import likely_headings
from core.rosters.importing import PeopleImport, preview_people
from core.settings import Settings
from core.store import people
from core.store.database import Store
from core.tables_in import read_table
from core.vision.candidates import Refusal
from gui.screens.import_people import Screen as Lists
from gui.screens.import_photos import Screen as Photos
from gui.screens.import_photos import rows_of
from tests.cli_support import ASTRONAUT
from tests.gui.driver import Driver
from tests.gui.people_support import make_people

Window = Callable[..., Driver]


@pytest.fixture
def school(store: Store) -> Store:
    make_people(store, 6)
    return store


def written(folder: Path, text: str, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def looked_at(driver: Driver, path: Path) -> Lists:
    screen = driver.open("import_people")
    assert isinstance(screen, Lists)
    driver.type_into(screen.file.entry, "")
    screen.file.path.set(str(path))
    driver.press("<Return>", screen.file.entry)
    driver.wait_for(lambda: driver.is_ready)
    return screen


def roster(store: Store, code: str) -> list[str]:
    with store.read() as db:
        return [one.roll for one in people.roster(db, people.get_class(db, code).id)]


def test_a_list_is_looked_at_and_taken_in(window: Window, school: Store, tmp_path: Path) -> None:
    driver = window()
    path = written(tmp_path, "Roll,Name,Class\nN1,=cmd(),MA201\nN2,Zoë,MA201\nR005,Student Number 5,CS101\n")
    screen = looked_at(driver, path)
    assert [(one.roll, one.action) for one in screen.table.shown()] == [("N1", "new"), ("N2", "new"), ("R005", "same")]
    assert driver.shows("2 new, 0 changed, 1 as they are, 0 with errors.")
    assert screen.mapping.boxes["roll"].get() == "Roll"
    assert roster(school, "MA201") == ["R003", "R006"]
    driver.click(screen.apply)
    driver.wait_for(lambda: driver.is_ready and driver.shows("Done: 2 students were taken in."))
    assert roster(school, "MA201") == ["N1", "N2", "R003", "R006"]
    assert str(screen.apply.cget("state")) == "disabled"


def test_errors_come_first_and_can_be_left_out(window: Window, school: Store, tmp_path: Path) -> None:
    driver = window()
    path = written(tmp_path, "Roll,Name,Class\nN1,New One,MA201\nR005,Another Name,\nN3,Three,NEW1\n")
    screen = looked_at(driver, path)
    assert [(one.roll, one.action) for one in screen.table.shown()] == [("R005", "bad"), ("N3", "bad"), ("N1", "new")]
    assert str(screen.apply.cget("state")) == "disabled"
    screen.table.select(["4"])
    driver.pump()
    assert driver.shows("There is no class “NEW1”. Correct it, or have it made: “Make missing classes and groups”")
    driver.click(driver.find("Make missing classes and groups", screen))
    driver.wait_for(lambda: driver.is_ready and driver.shows("The class NEW1 is made."))
    driver.click(screen.skip)
    driver.click(screen.apply)
    driver.wait_for(lambda: driver.is_ready and driver.shows("Done: 2 students were taken in."))
    assert roster(school, "NEW1") == ["N3"]


def test_columns_that_nobody_could_guess_are_said_by_a_person(window: Window, school: Store, tmp_path: Path) -> None:
    driver = window()
    screen = looked_at(driver, written(tmp_path, "Kennung,Wer\nN1,New One\n"))
    assert screen.outcome is None
    assert driver.shows("No row of list.csv has headings for a roll number")
    for field, number in (("roll", 1), ("name", 2)):
        screen.mapping.boxes[field].current(number)
        screen.mapping.boxes[field].event_generate("<<ComboboxSelected>>")
        driver.wait_for(lambda: driver.is_ready)
    assert [(one.roll, one.name) for one in screen.table.shown()] == [("N1", "New One")]
    assert not driver.shows("No row of list.csv")


def test_a_column_can_be_left_unused(school: Store, tmp_path: Path) -> None:
    path = written(tmp_path, "Roll,Name,Class\nN1,New One,MA201\n")
    found = preview_people(school, Settings(), PeopleImport(path, columns={"classes": ""}))
    assert [one.field for one in found.columns] == ["roll", "name"]
    assert found.unused == ("Class",)
    assert likely_headings(read_table(path)) == ("Roll", "Name", "Class")


def test_a_file_that_is_none_is_a_sentence(window: Window, school: Store, tmp_path: Path) -> None:
    driver = window()
    screen = looked_at(driver, tmp_path / "nowhere.csv")
    assert "nowhere.csv" in str(screen.problem.cget("text"))
    assert driver.app.dialogs == []
    path = tmp_path / "picture.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    screen = looked_at(driver, path)
    assert "a picture" in str(screen.problem.cget("text"))
    assert str(screen.apply.cget("state")) == "disabled"


def test_photos_need_a_folder_and_a_consent(window: Window, school: Store) -> None:
    driver = window()
    screen = driver.open("import_photos", "MA201")
    assert isinstance(screen, Photos)
    assert screen.class_box.get() == "MA201"
    driver.click(screen.begin)
    assert driver.shows("Choose a folder first.")
    screen.file.path.set("/nowhere")
    driver.click(screen.begin)
    assert driver.shows("Please fill this in.")
    assert driver.app.dialogs == []


def test_photos_without_a_class_say_what_is_missing(window: Window, store: Store) -> None:
    driver = window()
    screen = driver.open("import_photos")
    assert isinstance(screen, Photos)
    assert driver.shows("There is no class yet.")
    assert str(screen.begin.cget("state")) == "disabled"


def test_a_folder_of_photos_is_taken_in(window: Window, school: Store, ready: Home, tmp_path: Path) -> None:
    folder = tmp_path / "photos" / "P1 Ada Lovelace"
    folder.mkdir(parents=True)
    shutil.copy(ASTRONAUT, folder / f"good{Path(ASTRONAUT).suffix}")
    (folder / "broken.jpg").write_bytes(b"no picture")
    driver = window()
    screen = driver.open("import_photos", "MA201")
    assert isinstance(screen, Photos)
    screen.file.path.set(str(tmp_path / "photos"))
    driver.type_into(screen.consent, "forms")
    driver.click(screen.begin)
    driver.wait_for(lambda: driver.is_ready and screen.table.shown(), "the photos")
    assert "P1" in roster(school, "MA201")
    rows = {one.source: one.words for one in screen.table.shown()}
    assert "broken.jpg" in rows
    assert rows["broken.jpg"].startswith("✗")
    assert driver.shows("1 picture was not taken")


def test_each_picture_that_was_refused_has_its_reason() -> None:
    rows = rows_of([StudentReport("R1", "One", 2, [Refusal("a.jpg", "no face")], 5, "looks like R2")])
    assert [(one.who, one.source) for one in rows] == [("R1 One", ""), ("R1 One", "a.jpg")]
    assert "2 new faces, 5 stored" in rows[0].words
    assert "looks like R2" in rows[0].words
    assert rows[1].words == "✗ no face"
