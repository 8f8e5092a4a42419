"""Classes: added, edited, deleted; rosters and groups; what a teacher is offered."""

from collections.abc import Callable

import pytest

from core.accounts.admin import set_up
from core.office.classes import ClassCard, list_classes, roster
from core.office.groups import add_group, groups_of_class, join_group
from core.records import SchoolClass
from core.store import people, rooms
from core.store.classes import RosterCount
from core.store.database import Store
from gui.screens.class_page import Screen as Page
from gui.screens.class_parts.forms import ClassDialog, names_in
from gui.screens.class_parts.roster import rolls_in
from gui.screens.classes import Screen as Classes
from gui.screens.classes import covered_text
from tests.account_support import new_account
from tests.gui.driver import Driver
from tests.gui.people_support import dialog_of, make_people

Window = Callable[..., Driver]
PASSWORD = "violet kettle 7 harbour"


@pytest.fixture
def school(store: Store) -> Store:
    make_people(store)
    with store.transaction() as db:
        rooms.add_room(db, "B12", None)
    return store


def listed(driver: Driver) -> Classes:
    screen = driver.open("classes")
    assert isinstance(screen, Classes)
    return screen


def opened(driver: Driver, code: str) -> Page:
    screen = driver.open("class", code)
    assert isinstance(screen, Page)
    driver.wait_for(lambda: driver.is_ready and screen.card is not None)
    return screen


def rolls(store: Store, code: str) -> list[str]:
    return [one.student.roll for one in roster(store, code).lines]


def test_a_class_is_added_with_teachers_and_room(window: Window, school: Store) -> None:
    driver = window()
    screen = listed(driver)
    assert [one.school_class.code for one in screen.table.shown()] == ["CS101", "MA201"]
    screen.add()
    dialog = dialog_of(driver)
    assert isinstance(dialog, ClassDialog)
    code = dialog.form._fields["code"]
    driver.type_into(code, "CS101")
    dialog.form.set_value("name", "Physics")
    dialog.form.set_value("teachers", "Marie Curie,  Grace Hopper")
    driver.press("<Return>", code)
    driver.wait_for(lambda: dialog.form._problems["code"].cget("text"))
    dialog.form.set_value("code", "PH1")
    dialog.form.set_value("room", "B12")
    driver.press("<Return>", code)
    driver.wait_for(lambda: driver.is_ready and driver.screen.name == "class")
    driver.wait_for(lambda: driver.shows("Nobody is in this class yet"))
    card = next(one for one in list_classes(school) if one.school_class.code == "PH1")
    assert (card.school_class.teachers, card.room) == (("Marie Curie", "Grace Hopper"), "B12")
    assert driver.shows("Marie Curie, Grace Hopper  ·  B12")


def test_a_class_is_edited_and_one_that_was_never_taught_deleted(window: Window, school: Store) -> None:
    driver = window()
    screen = listed(driver)
    screen.table.select(["MA201"])
    driver.pump()
    driver.click(screen.buttons["edit"])
    dialog = dialog_of(driver)
    dialog.form.set_value("name", "Algebra")
    driver.press("<Return>", dialog.form._fields["name"])
    driver.wait_for(lambda: driver.is_ready and driver.app.dialogs == [])
    assert [one.school_class.name for one in list_classes(school)] == ["Programming 1", "Algebra"]
    screen.table.select(["MA201"])
    driver.press("<Delete>", screen.table.tree)
    driver.click(dialog_of(driver).yes)
    driver.wait_for(lambda: driver.is_ready and len(screen.table.shown()) == 1)
    assert [one.school_class.code for one in list_classes(school)] == ["CS101"]


def test_students_join_leave_and_move(window: Window, school: Store) -> None:
    driver = window()
    page = opened(driver, "MA201")
    assert [one.student.roll for one in page.roster.table.shown()] == ["R003", "R006", "R009", "R012"]
    driver.click(driver.find("Put in …", page.roster.acts))
    dialog = dialog_of(driver)
    field = dialog.form._fields["text"]
    driver.type_into(field, "R001, R002")
    driver.press("<Return>", field)
    driver.wait_for(lambda: driver.is_ready and len(page.roster.table.shown()) == 6)
    page.roster.table.select(["R001", "R003"])
    driver.press("<Delete>", page.roster.table.tree)
    driver.click(dialog_of(driver).yes)
    driver.wait_for(lambda: driver.is_ready and len(page.roster.table.shown()) == 4)
    assert rolls(school, "MA201") == ["R002", "R006", "R009", "R012"]
    with school.transaction() as db:
        people.add_class(db, "NEW", "New")
    page.show("MA201")
    driver.wait_for(lambda: driver.is_ready)
    page.roster.table.select(["R006"])
    driver.pump()
    driver.click(driver.find("Move to …", page.roster.acts))
    dialog = dialog_of(driver)
    dialog.form._fields["class"].current(1)  # type: ignore[attr-defined]
    dialog.form._fields["class"].event_generate("<<ComboboxSelected>>")
    driver.click(dialog.yes)
    driver.wait_for(lambda: driver.is_ready and len(page.roster.table.shown()) == 3)
    assert rolls(school, "NEW") == ["R006"]


def test_somebody_who_is_unknown_moves_nobody(window: Window, school: Store) -> None:
    driver = window()
    page = opened(driver, "MA201")
    page.roster._join("R001 NOBODY")
    driver.wait_for(lambda: driver.shows("There is no student with the roll number"))
    driver.press("<Return>", driver.app.dialogs[-1])
    assert rolls(school, "MA201") == ["R003", "R006", "R009", "R012"]


def test_groups_are_added_filled_renamed_and_removed(window: Window, school: Store) -> None:
    driver = window()
    page = opened(driver, "MA201")
    page.book.select(1)
    driver.pump(0.1)
    assert driver.shows("No groups")
    driver.click(driver.find("Add a group", page.groups.acts))
    field = dialog_of(driver).form._fields["text"]
    driver.type_into(field, "Lab A")
    driver.press("<Return>", field)
    driver.wait_for(lambda: driver.is_ready and len(page.groups.table.shown()) == 1)
    driver.click(driver.find("Put in …", page.groups.acts))
    field = dialog_of(driver).form._fields["text"]
    driver.type_into(field, "R003 R006")
    driver.press("<Return>", field)
    driver.wait_for(lambda: driver.is_ready and len(page.groups.members.shown()) == 2)
    page.groups.members.select(["R003"])
    driver.pump()
    driver.click(driver.find("Take out", page.groups.acts))
    driver.wait_for(lambda: driver.is_ready and len(page.groups.members.shown()) == 1)
    assert [[one.roll for one in card.students] for card in groups_of_class(school, "MA201")] == [["R006"]]
    driver.click(driver.find("Rename", page.groups.acts))
    dialog = dialog_of(driver)
    dialog.form.set_value("text", "Lab B")
    driver.press("<Return>", dialog.form._fields["text"])
    driver.wait_for(lambda: driver.is_ready and [one.group.name for one in page.groups.table.shown()] == ["Lab B"])
    driver.click(driver.find("Remove …", page.groups.acts))
    driver.click(dialog_of(driver).yes)
    driver.wait_for(lambda: driver.is_ready and driver.shows("No groups"))
    assert groups_of_class(school, "MA201") == ()


def test_a_teacher_sees_own_classes_and_changes_none(window: Window, school: Store) -> None:
    add_group(school, "MA201", "Lab A")
    join_group(school, "MA201", "Lab A", ["R003"])
    office = set_up(school, "ada", PASSWORD).actor()
    teacher = new_account(school, office, "Emmy Noether", "teacher").actor()
    driver = window(actor=teacher)
    screen = listed(driver)
    assert [one.school_class.code for one in screen.table.shown()] == ["MA201"]
    assert list(screen.buttons) == ["open"]
    screen.table.select(["MA201"])
    driver.press("<Return>", screen.table.tree)
    driver.wait_for(lambda: driver.screen.name == "class" and driver.is_ready)
    assert not driver.shows("Put in …")
    page = driver.screen
    assert isinstance(page, Page)
    page.book.select(1)
    driver.pump(0.1)
    assert driver.shows("Groups") or [one.group.name for one in page.groups.table.shown()] == ["Lab A"]
    assert page.groups.acts.winfo_children() == []


def test_no_classes_is_a_sentence(window: Window, store: Store) -> None:
    driver = window()
    screen = listed(driver)
    assert driver.shows("No classes yet")
    assert screen.table._empty is not None
    driver.click(screen.table._empty.button)
    assert isinstance(dialog_of(driver), ClassDialog)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (RosterCount(), "–"),
        (RosterCount(5, 4, 4), "E  4 of 4"),
        (RosterCount(5, 4, 1), "F  1 of 4"),
        (RosterCount(5, 4, 0), "0  0 of 4"),
    ],
)
def test_coverage_of_a_class(count: RosterCount, text: str) -> None:
    assert covered_text(ClassCard(SchoolClass(1, "C", "Class"), None, count)) == text


def test_what_is_typed_is_split() -> None:
    assert names_in(" Ada  Lovelace, Grace Hopper,,Ada Lovelace") == ["Ada Lovelace", "Grace Hopper"]
    assert rolls_in("R1, R2;R3  R1") == ["R1", "R2", "R3"]
