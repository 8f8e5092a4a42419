"""People and roles, and the audit: accounts are made and handed over; rows are found and checked."""

import ast
from collections.abc import Callable
from datetime import UTC

import pytest

from core import audit, clock
from core.accounts.admin import list_all, set_up
from core.accounts.login import use_code
from core.actor import acting
from core.audit import AuditRow
from core.audit_names import AuditNames, names_of
from core.errors import InputError
from core.office.teachers import list_teachers
from core.store import people
from core.store.database import Store
from gui.dialogs.ask import SaveDialog
from gui.screens.audit import Screen as AuditScreen
from gui.screens.audit import wanted
from gui.screens.audit_parts.details import about_text, details_text
from gui.screens.audit_parts.words import KINDS, action_text, kind_choices
from gui.screens.people import Screen as PeopleScreen
from gui.screens.people_parts.accounts import AccountsPage, CodeDialog, pin
from gui.widgets.new_password import verdict
from gui.widgets.search_field import SearchField
from tests.gui.driver import Driver
from tests.test_house import PROJECT

Window = Callable[..., Driver]
PASSWORD = "violet kettle 7 harbour"


@pytest.fixture
def school(store: Store) -> Store:
    with store.transaction() as db:
        people.add_class(db, "CS101", "Programming 1", "Ms Hopper")
    return store


def _accounts(driver: Driver) -> AccountsPage:
    screen = driver.open("people")
    assert isinstance(screen, PeopleScreen)
    return screen.pages[0]  # type: ignore[return-value]


def test_a_password_is_judged_while_it_is_typed() -> None:
    assert verdict("short", "", "ada")[0] is False
    assert "account" in verdict("ada loves engines", "", "ada loves")[1]
    assert verdict(PASSWORD, "", "ada") == (False, "Good. Now type it again below.")
    assert verdict(PASSWORD, PASSWORD + "x", "ada")[0] is False
    assert verdict(PASSWORD, PASSWORD, "ada")[0] is True
    assert pin("") is None
    assert pin("1234") is not None
    assert pin("2580") is None


def test_the_first_admin_is_made_and_goes_on(window: Window, school: Store) -> None:
    driver = window()
    page = _accounts(driver)
    driver.wait_for(lambda: driver.shows("Nobody has to log in yet"))
    driver.click(driver.find("Make the account of an admin", page))
    dialog = driver.wait_for_dialog()
    driver.type_into(dialog.password.name, "ada")  # type: ignore[attr-defined]
    driver.type_into(dialog.password.first, "short")  # type: ignore[attr-defined]
    assert driver.shows("fewer than 10")
    dialog.accept()
    assert list_all_names(school) == []
    dialog.form.set_value("password", PASSWORD)  # type: ignore[attr-defined]
    dialog.form.set_value("again", PASSWORD)  # type: ignore[attr-defined]
    dialog.accept()
    driver.wait_for(lambda: driver.app.actor is not None and driver.app.actor.name == "ada")
    driver.wait_for(lambda: driver.is_ready and driver.screen.name == "people", "people again")
    with acting(driver.app.actor):
        assert list_all_names(school) == ["ada"]


def test_an_account_gets_a_code_that_works_once(window: Window, school: Store) -> None:
    ada = set_up(school, "ada", PASSWORD).actor()
    driver = window(actor=ada)
    page = _accounts(driver)
    driver.wait_for(lambda: bool(page.table.shown()))
    driver.click(page.buttons[0])
    dialog = driver.wait_for_dialog()
    dialog.form.set_value("name", "=cmd() مريم")  # type: ignore[attr-defined]
    dialog.form.set_value("teacher", "Ms Hopper")  # type: ignore[attr-defined]
    dialog.accept()
    driver.wait_for(lambda: isinstance(driver.app.dialogs[-1] if driver.app.dialogs else None, CodeDialog))
    code = driver.app.dialogs[-1].code  # type: ignore[attr-defined]
    assert use_code(school, "=cmd() مريم", code, "copper lantern 4 meadow").role == "teacher"
    driver.wait_for_dialog()
    driver.press("<Escape>")
    assert not driver.app.dialogs
    driver.root.focus_force()  # What a window manager does.
    driver.wait_for(lambda: len(page.table.shown()) == 2 and driver.is_ready)
    made = next(one for one in page.table.shown() if one.account.role == "teacher")
    assert made.teacher == "Ms Hopper"
    page.table.select([str(made.account.id)])
    driver.pump()
    assert str(page.buttons[4].cget("state")) == "normal"
    driver.click(page.buttons[4])
    driver.click(driver.wait_for_dialog().yes)  # type: ignore[attr-defined]
    driver.wait_for(lambda: any(not one.account.active for one in page.table.shown()))
    assert "Switch on" in str(page.buttons[4].cget("text"))


def test_the_last_admin_stays(window: Window, school: Store) -> None:
    driver = window(actor=set_up(school, "ada", PASSWORD).actor())
    page = _accounts(driver)
    driver.wait_for(lambda: bool(page.table.shown()))
    page.table.select([str(page.table.shown()[0].account.id)])
    driver.pump()
    driver.click(page.buttons[4])
    driver.click(driver.wait_for_dialog().yes)  # type: ignore[attr-defined]
    driver.wait_for(lambda: driver.shows("last admin"))
    with acting(driver.app.actor):
        assert all(one.account.active for one in list_all(school))


def test_a_teacher_is_added(window: Window, school: Store) -> None:
    driver = window()
    screen = driver.open("people")
    assert isinstance(screen, PeopleScreen)
    screen.book.select(1)
    driver.wait_for(lambda: driver.is_ready and driver.shows("Add teacher"))
    driver.click(driver.find("Add teacher", screen.pages[1]))
    dialog = driver.wait_for_dialog()
    dialog.form.set_value("name", "Mr Babbage")  # type: ignore[attr-defined]
    dialog.form.set_value("email", "not an address")  # type: ignore[attr-defined]
    dialog.accept()
    driver.wait_for(lambda: driver.shows("no e-mail address"))
    dialog.form.set_value("email", "cb@school.org")  # type: ignore[attr-defined]
    dialog.accept()
    driver.wait_for(lambda: driver.is_ready and not driver.app.dialogs)
    assert {one.teacher.name for one in list_teachers(school)} == {"Ms Hopper", "Mr Babbage"}


def test_days_of_a_filter() -> None:
    found = wanted({"first": "2026-11-21", "last": "", "who": " ", "action": "accounts"}, UTC)
    assert (found.since is not None, found.until, found.who, found.action) == (True, None, None, "accounts")
    with pytest.raises(InputError):
        wanted({"first": "soon", "last": "", "who": "", "action": ""}, UTC)


def test_a_students_account_is_chosen_from_a_list(window: Window, school: Store) -> None:
    with school.transaction() as db:
        for number in range(30):
            people.add_student(db, f"R{number}", f"Anita {number}")
    driver = window(actor=set_up(school, "ada", PASSWORD).actor())
    page = _accounts(driver)
    driver.wait_for(lambda: bool(page.table.shown()))
    driver.click(page.buttons[0])
    dialog = driver.wait_for_dialog()
    assert isinstance(dialog, SaveDialog)
    assert driver.shows("Teacher it belongs to")
    assert not driver.shows("Student it belongs to")
    dialog.form.set_value("name", "anita")
    dialog.form.set_value("role", "student")
    driver.pump()
    assert driver.shows("Student it belongs to")
    assert not driver.shows("Teacher it belongs to")
    [field] = [one for one in driver.walk(dialog) if isinstance(one, SearchField) and one.winfo_viewable()]
    driver.type_into(field.entry, "anita 17")
    driver.press("<Return>", field.entry)
    assert field.typed.get() == "R17  Anita 17"
    driver.press("<Return>", field.entry)
    driver.wait_for(lambda: isinstance(driver.app.dialogs[-1] if driver.app.dialogs else None, CodeDialog))
    driver.app.dialogs[-1].close()
    driver.wait_for(lambda: driver.is_ready and len(page.table.shown()) == 2)
    made = next(one for one in page.table.shown() if one.account.role == "student")
    assert (made.roll, made.owner) == ("R17", "R17 Anita 17")


def test_what_was_recorded_is_told_by_the_names_of_today(school: Store) -> None:
    with school.transaction() as db:
        who = people.add_student(db, "R1", "Anita Rao")
        one, two = people.add_class(db, "A", "A"), people.add_class(db, "B", "B")
        people.add_to_roster(db, one.id, who.id)
        people.move(db, who.id, one.id, two.id)
    rows = audit.entries(school)
    names = names_of(school, rows)
    moved = next(row for row in rows if row.action == "people.move")
    assert details_text(moved, names, UTC) == "class: A → B"
    assert about_text(moved, names, UTC) == "R1 Anita Rao"
    assert about_text(moved, AuditNames(), UTC) == f"student {who.id}"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            None,
            {"state": "open", "starts_at": "2026-11-02T03:30:00+00:00"},
            "state: open, starts: Nov 2, 2026, 3:30 AM",
        ),
        ({"state": "open", "minutes": 60}, {"state": "closed", "minutes": 60}, "state: open → closed"),
        ({"active": True}, {"active": False}, "in use: yes → no"),
        (None, {"act": "45d8fe07", "marks": 1300, "sessions": [1, 2, 3, 4]}, "marks: 1,300, lessons: 4"),
        (None, {"weekdays": [0, 2], "from": "2026-11-02", "to": None}, "days: Mon, Wed, from: Nov 2, 2026"),
        ({"camera": False}, {"camera": True}, "camera: no → yes"),
        ({"rows": 2, "seats": {"7": [1, 1]}}, {"rows": 3, "seats": {}}, "rows: 2 → 3, seats taken: 1 → 0"),
        (None, "nonsense", ""),
        (None, {"weekdays": [9, "x"], "kinds": {"absence": 2}}, "kinds: absence 2"),
    ],
)
def test_details_are_words(before: object, after: object, told: str) -> None:
    row = AuditRow(1, clock.now(), "ada", "admin", 1, "u", "a.b", None, None, None, None, before, after, None, "")
    assert details_text(row, AuditNames(), UTC).replace("\u202f", " ") == told


def test_every_kind_of_the_filter_is_said_in_words() -> None:
    choices = kind_choices()
    assert choices[0][0] == ""
    assert {key for key, words in choices if key == words} == set()
    assert len(choices) == len(KINDS) + 1


def test_actions_are_said_in_words() -> None:
    assert action_text("marks.set") == "Set marks"
    assert action_text("accounts.add") == "Add an account"
    assert action_text("of.tomorrow") == "of.tomorrow"


def test_what_is_recorded_has_words() -> None:
    calls = [
        node.args[2]
        for path in (PROJECT / "core").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record" and len(node.args) > 2
    ]
    recorded = {one.value for one in calls if isinstance(one, ast.Constant)}
    assert len(recorded) > 40
    assert {one for one in recorded if action_text(str(one)) == one} == set()


def test_the_audit_is_listed_filtered_and_checked(window: Window, school: Store) -> None:
    driver = window(actor=set_up(school, "ada", PASSWORD).actor())
    screen = driver.open("audit")
    assert isinstance(screen, AuditScreen)
    driver.wait_for(lambda: len(screen.table.shown()) > 1)
    driver.type_into(screen.entries["first"], "soon")
    driver.press("<Return>")
    driver.wait_for(lambda: driver.shows("is no day"))
    screen.fields["first"].set("")
    screen.kind.current(screen.kinds.index("accounts"))
    screen.kind.event_generate("<<ComboboxSelected>>")
    driver.wait_for(lambda: [one.action for one in screen.table.shown()] == ["accounts.setup"])
    told = screen.table.tree.item(screen.table.tree.get_children()[0], "values")
    assert "Make the first account" in told
    driver.click(screen.check)
    driver.wait_for(lambda: driver.shows("rows are right"))
    with acting(driver.app.actor):
        assert screen.head.get() == audit.head_of(school)


def list_all_names(store: Store) -> list[str]:
    return [one.account.name for one in list_all(store)]
