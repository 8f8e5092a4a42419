"""The students: looked for, added, changed, merged, deleted; what a teacher is offered."""

from collections.abc import Callable

import pytest

from core.accounts.admin import set_up
from core.errors import NotFoundError
from core.face_gallery import faces_of
from core.office.students import StudentLine, coverage_of
from core.records import Student
from core.store import people
from core.store.database import Store
from gui.screens.student_parts.acts import typed_check
from gui.screens.student_parts.consent import guardian_problem
from gui.screens.student_parts.forms import StudentDialog, mail_check, mails_check
from gui.screens.students import Screen as Students
from gui.screens.students import filtered
from gui.widgets.stored_faces import quality_text
from tests.account_support import new_account
from tests.gui.driver import Driver
from tests.gui.people_support import HOSTILE, dialog_of, make_people, opened, student

Window = Callable[..., Driver]
PASSWORD = "violet kettle 7 harbour"


@pytest.fixture
def school(store: Store) -> Store:
    make_people(store)
    return store


@pytest.fixture
def driver(window: Window, school: Store) -> Driver:
    return window()


def listed(driver: Driver) -> Students:
    screen = driver.open("students")
    assert isinstance(screen, Students)
    return screen


def test_an_empty_school_says_how_to_begin(window: Window, store: Store) -> None:
    driver = window()
    screen = listed(driver)
    assert driver.shows("No students yet")
    assert screen.table._empty is not None
    driver.click(screen.table._empty.button)
    driver.wait_for(lambda: driver.screen.name == "import_people")


def test_students_are_searched_and_filtered(driver: Driver) -> None:
    screen = listed(driver)
    assert len(screen.table.shown()) == 12
    assert [one.student.name for one in screen.table.shown()[: len(HOSTILE)]] == list(HOSTILE)
    assert screen.table.box is not None
    driver.type_into(screen.table.box, "number 7")
    driver.wait_for(lambda: [one.student.roll for one in screen.table.shown()] == ["R007"])
    driver.press("<Escape>", screen.table.box)
    driver.wait_for(lambda: len(screen.table.shown()) == 12)
    screen.class_box.current(2)
    screen.class_box.event_generate("<<ComboboxSelected>>")
    driver.pump()
    assert [one.student.roll for one in screen.table.shown()] == ["R003", "R006", "R009", "R012"]
    screen.coverage_box.current(1)
    screen.coverage_box.event_generate("<<ComboboxSelected>>")
    driver.pump()
    assert [one.student.roll for one in screen.table.shown()] == ["R012"]
    screen.class_box.current(3)
    screen.class_box.event_generate("<<ComboboxSelected>>")
    driver.pump()
    assert driver.shows("Nobody fits")


def test_rows_in_sight_get_their_pictures(driver: Driver) -> None:
    screen = listed(driver)
    driver.wait_for(lambda: {"R001", "R002"} <= screen.table._photos.keys())
    assert "R004" not in screen.table._photos  # without a consent there is no face


def test_a_student_is_added_by_keyboard(driver: Driver, school: Store) -> None:
    screen = listed(driver)
    screen.add()
    dialog = dialog_of(driver)
    assert isinstance(dialog, StudentDialog)
    driver.press("<Return>", dialog.first)
    assert driver.shows("Please fill this in.")
    driver.type_into(dialog.first, "R001")
    name = dialog.form._fields["name"]
    driver.type_into(name, "Ada Lovelace")
    driver.press("<Return>", name)
    driver.wait_for(lambda: driver.shows("belongs to") or driver.shows("exists already"))
    dialog.form.set_value("roll", "Z9")
    dialog.form._fields["class"].current(1)  # type: ignore[attr-defined]
    dialog.form._fields["class"].event_generate("<<ComboboxSelected>>")
    driver.press("<Return>", name)
    driver.wait_for(lambda: driver.screen.name == "student" and driver.is_ready)
    assert driver.shows("Z9 Ada Lovelace")
    with school.read() as db:
        assert [one.code for one in people.classes_of(db, people.get_student(db, "Z9").id)] == ["CS101"]


def test_a_student_is_edited_and_deactivated(driver: Driver, school: Store) -> None:
    screen = listed(driver)
    screen.table.select(["R005"])
    driver.pump()
    driver.click(screen.buttons["edit"])
    dialog = dialog_of(driver)
    dialog.form.set_value("name", "Renamed Person")
    driver.press("<Return>", dialog.form._fields["name"])
    driver.wait_for(lambda: driver.is_ready and not driver.app.dialogs)
    assert student(school, "R005").name == "Renamed Person"
    screen.table.select(["R005"])
    driver.pump()
    driver.click(screen.buttons["active"])
    driver.click(dialog_of(driver).yes)
    driver.wait_for(lambda: not student(school, "R005").active and driver.is_ready)
    screen.table.select(["R005"])
    driver.pump()
    assert str(screen.buttons["active"].cget("text")) == "Activate"


def test_deleting_asks_for_the_roll_number(driver: Driver, school: Store) -> None:
    screen = listed(driver)
    screen.table.select(["R006"])
    driver.pump()
    driver.press("<Delete>", screen.table.tree)
    dialog = dialog_of(driver)
    field = dialog.form._fields["text" if "text" in dialog.form._fields else next(iter(dialog.form._fields))]
    driver.type_into(field, "R00")
    driver.click(dialog.yes)
    assert driver.shows("Type R006 to confirm.")
    assert student(school, "R006").roll == "R006"
    driver.type_into(field, "6")
    driver.click(dialog.yes)
    driver.wait_for(lambda: driver.is_ready and len(screen.table.shown()) == 11)
    with pytest.raises(NotFoundError):
        student(school, "R006")


def test_two_entries_are_merged(driver: Driver, school: Store) -> None:
    screen = listed(driver)
    screen.table.select(["R009", "R010"])
    driver.pump()
    assert str(screen.buttons["open"].cget("state")) == "disabled"
    driver.click(screen.buttons["merge"])
    driver.click(dialog_of(driver).yes)
    driver.click(dialog_of(driver).yes)
    driver.wait_for(lambda: driver.is_ready and len(screen.table.shown()) == 11)
    assert len(faces_of(school, "R009")) == 9
    assert driver.shows("is now R009")


def test_a_teacher_sees_only_their_own_and_changes_nothing(window: Window, school: Store) -> None:
    office = set_up(school, "ada", PASSWORD).actor()
    teacher = new_account(school, office, "Emmy Noether", "teacher").actor()
    driver = window(actor=teacher)
    screen = listed(driver)
    assert [one.student.roll for one in screen.table.shown()] == ["R003", "R006", "R009", "R012"]
    assert {one.classes for one in screen.table.shown()} == {("MA201",)}
    assert list(screen.buttons) == ["open"]
    assert not driver.shows("Add a student")
    card = opened(driver, "R003", 1)
    assert list(card.buttons) == []
    assert driver.shows("Withdraw …")


@pytest.mark.parametrize(
    ("consent", "samples", "coverage"),
    [(None, 9, "consent"), ("form", 0, "none"), ("form", 4, "few"), ("form", 5, "enough")],
)
def test_coverage(consent: str | None, samples: int, coverage: str) -> None:
    one = Student(1, "R1", "One", True, consent)
    assert coverage_of(one, samples) == coverage
    line = StudentLine(one, samples, ("A",))
    assert filtered([line], "A", coverage) == [line]
    assert filtered([line], "B", "") == filtered([line], "-", "") == []


def test_checks_of_the_forms() -> None:
    assert mail_check("") is None
    assert mail_check("a@b.org") is None
    assert mail_check("nobody") is not None
    assert mails_check("a@b.org, c@d.org") is None
    assert mails_check("a@b.org, c") is not None
    assert typed_check("R1")("r1 ") is None
    assert typed_check("R1")("R11") is not None
    assert guardian_problem("", of_age=False, guardian_signs=False) is None
    assert guardian_problem("", of_age=False, guardian_signs=True) is not None
    assert guardian_problem("Anne", of_age=True, guardian_signs=False) is not None
    assert [quality_text(one)[0] for one in (0.9, 0.6, 0.2)] == ["A", "B", "C"]
