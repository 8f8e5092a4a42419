"""Who may log in: accounts, their roles, codes and PINs."""

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core import clock
from core.accounts import admin
from core.accounts.admin import Coded, Listed
from core.accounts.passwords import check_new_pin
from core.errors import InputError
from gui.dialogs.ask import AskDialog, SaveDialog, text, yes_no
from gui.dialogs.one_time import OneTimeDialog
from gui.texts import N_, _, moment_text, told
from gui.widgets.form import Form, not_empty
from gui.widgets.new_password import NewPassword
from gui.widgets.pages import Page
from gui.widgets.small import EmptyState
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from core.store.accounts import Account
    from gui.application import Application
    from gui.opening import Use

ROLES = {"admin": N_("Admin"), "teacher": N_("Teacher"), "student": N_("Student"), "kiosk": N_("Kiosk")}


@dataclass(frozen=True, slots=True)
class Row:
    """An account with the teacher or student it belongs to.  teacher: a name; roll: empty where there is none."""

    listed: Listed
    teacher: str
    roll: str = ""
    student: str = ""

    @property
    def owner(self) -> str:
        """Whose account it is; empty for nobody in particular."""
        return self.teacher or f"{self.roll} {self.student}".strip()

    @property
    def account(self) -> "Account":
        return self.listed.account


def state_text(one: Listed, now: datetime, zone: tzinfo | None) -> str:
    """How it stands with an account, in words."""
    account = one.account
    if not account.active:
        return _("switched off")
    if one.locked_until is not None:
        return _("locked until {when} by wrong passwords").format(when=moment_text(one.locked_until, zone))
    if account.code_until is not None and account.code_until > now:
        return _("has a code until {when}").format(when=moment_text(account.code_until, zone))
    return _("can log in") if account.has_password else _("needs a new code")


def pin(given: str) -> str | None:
    """The check of a PIN; an empty one takes it away."""
    try:
        check_new_pin(given) if given else None
    except InputError as error:
        return told(error)
    return None


class AccountsPage(Page):
    """Added, given codes and PINs, switched off."""

    title = N_("Accounts")

    def __init__(self, app: "Application", parent: tk.Misc) -> None:
        super().__init__(app, parent)
        self.buttons = self.add_buttons([
            (_("Add account"), self._add, "primary"),
            (_("New code"), lambda: self._with(self._code), "neutral"),
            (_("Change role"), lambda: self._with_row(self._role), "neutral"),
            (_("PIN"), lambda: self._with(self._pin), "neutral"),
            (_("Switch off"), lambda: self._with(self._switch), "danger"),
        ])  # fmt: skip
        zone = clock.school_zone(app.settings)
        columns = (
            Column[Row](_("Name"), lambda one: one.account.name, 140, stretch=True),
            Column[Row](_("Role"), lambda one: _(ROLES[one.account.role]), 110),
            Column[Row](_("State"), lambda one: state_text(one.listed, clock.now(), zone), 300, stretch=True),
            Column[Row](_("Belongs to"), lambda one: one.owner, 150, stretch=True),
            Column[Row](_("Last logged in"), lambda one: moment_text(one.account.last_login_at, zone), 165),
        )
        self.table = Table(self, columns, lambda one: str(one.account.id), on_select=self._selected)
        self.table.pack(fill="both", expand=True)
        self.table.show_when_empty(EmptyState(
            self.table.tree, "person-lock", _("Nobody has to log in yet"),
            _("Who has this computer has the school. With accounts everybody sees only what is theirs."),
            _("Make the account of an admin"), self._set_up,
        ))  # fmt: skip
        self._selected(None)

    def show(self) -> None:
        self.call(_rows, self._found)

    def _found(self, rows: Sequence[Row]) -> None:
        self.table.set_rows(rows)
        # The first one is an admin with a password; codes come after that.
        self.buttons[0].configure(state="normal" if rows else "disabled")
        self._selected(next(iter(self.table.selected()), None))

    def _selected(self, row: Row | None) -> None:
        for button in self.buttons[1:]:
            button.configure(state="normal" if row else "disabled")
        off = row is not None and not row.account.active
        self.buttons[4].configure(text=_("Switch on") if off else _("Switch off"))

    def _with(self, act: "Callable[[Account], None]") -> None:
        for row in self.table.selected():
            act(row.account)

    def _set_up(self) -> None:
        SetUpDialog(self.app)

    def _with_row(self, act: Callable[[Row], None]) -> None:
        for row in self.table.selected():
            act(row)

    def _add(self) -> None:
        self.call(load_owners, lambda owners: self._open_add(owners))

    def _open_add(self, owners: "Owners") -> None:
        dialog = SaveDialog[Coded](self.app, _("Add account"), _add_account, self._tell_code, yes=_("Add"))
        field = dialog.form.add_text("name", _("Name"), check=not_empty, hint=_("It is typed to log in."))
        add_role(dialog.form, owners, "teacher")
        dialog.open(field)

    def _code(self, account: "Account") -> None:
        sentence = _("Give {name} a new code? The password holds until the code is used.").format(name=account.name)
        yes_no(self.app, sentence, lambda: self._new_code(account.name), yes=_("New code"))

    def _new_code(self, name: str) -> None:
        self.call(lambda use: admin.issue_code(use.store, name), self._tell_code, saves=True)

    def _tell_code(self, coded: Coded) -> None:
        CodeDialog(self.app, coded)
        self.show()

    def _role(self, row: Row) -> None:
        self.call(load_owners, lambda owners: self._open_role(row, owners))

    def _open_role(self, row: Row, owners: "Owners") -> None:
        name = row.account.name
        dialog = SaveDialog["Account"](
            self.app, _("Role of {name}").format(name=name), partial(_change_role, name=name), lambda _one: self.show()
        )
        dialog.open(add_role(dialog.form, owners, row.account.role, row.teacher, row.roll))

    def _pin(self, account: "Account") -> None:
        text(
            self.app, _("PIN of 4 to 12 digits"), lambda given: self._set_pin(account.name, given),
            title=_("PIN of {name}").format(name=account.name),
            sentence=_("It leaves the full screen of a kiosk. Empty: takes it away."), check=pin, secret=True,
        )  # fmt: skip

    def _set_pin(self, name: str, given: str) -> None:
        self.call(lambda use: admin.set_pin(use.store, name, given or None), lambda _one: self.show(), saves=True)

    def _switch(self, account: "Account") -> None:
        if not account.active:
            self._set_active(account.name, active=True)
            return
        sentence = _("Switch off the account of {name}? Whoever uses it is logged out.").format(name=account.name)
        yes_no(
            self.app, sentence, lambda: self._set_active(account.name, active=False), yes=_("Switch off"), danger=True
        )

    def _set_active(self, name: str, *, active: bool) -> None:
        self.call(lambda use: admin.set_active(use.store, name, active=active), lambda _one: self.show(), saves=True)


class SetUpDialog(AskDialog):
    """The first account; whoever makes it goes on as that admin."""

    def __init__(self, app: "Application") -> None:
        sentence = _("From then on everybody logs in.")
        super().__init__(app, _("Account of an admin"), sentence, _("Make it"), lambda _answers: None)
        self.password = NewPassword(self.form)
        self.open(self.password.name)

    def accept(self) -> None:
        if self.form.check():
            self.password.set_up(self.app, self, self._made)

    def _made(self, account: "Account") -> None:
        self.close()
        self.app.log_in(account.actor())
        self.app.open("people")


class CodeDialog(OneTimeDialog):
    """The code of an account."""

    def __init__(self, app: "Application", coded: Coded) -> None:
        until = moment_text(coded.until, clock.school_zone(app.settings))
        sentence = _("It works until {when}: on the page where one logs in, “First time here? Use your code”.")
        super().__init__(app, coded.account.name, coded.code, sentence.format(when=until))


@dataclass(frozen=True, slots=True)
class Owners:
    """Whom an account can belong to, each as (key, words): teachers by name, students by roll number."""

    teachers: tuple[tuple[str, str], ...]
    students: tuple[tuple[str, str], ...]


def load_owners(use: "Use") -> Owners:
    """Those who are at the school."""
    from core.office.students import list_students
    from core.office.teachers import list_teachers

    teachers = (one.teacher for one in list_teachers(use.store))
    students = (one.student for one in list_students(use.store))
    return Owners(
        tuple((one.name, one.name[:60]) for one in teachers if one.active),
        tuple((one.roll, f"{one.roll}  {one.name}"[:80]) for one in students if one.active),
    )


def add_role(form: Form, owners: Owners, chosen: str, teacher: str = "", roll: str = "") -> ttk.Combobox:
    """The role, and whose account it is, where the role is somebody's: the other field is away."""
    box = form.add_choice("role", _("Role"), [(key, _(words)) for key, words in ROLES.items()], value=chosen)
    form.add_search(
        "teacher", _("Teacher it belongs to"), owners.teachers, value=teacher,
        hint=_("Type a part of the name. Empty: the teacher of the same name, if there is one."),
    )  # fmt: skip
    form.add_search(
        "roll", _("Student it belongs to"), owners.students, value=roll,
        hint=_("Type a part of the name or the roll number."),
    )  # fmt: skip

    def turned() -> None:
        role = form.values()["role"]
        form.show_field("teacher", shown=role in ("admin", "teacher"))
        form.show_field("roll", shown=role == "student")

    form.on_change("role", turned)
    turned()
    return box


def _rows(use: "Use") -> list[Row]:
    from core.office.students import list_students
    from core.office.teachers import list_teachers

    names = {one.teacher.id: one.teacher.name for one in list_teachers(use.store)}
    listed = admin.list_all(use.store)
    wanted = {one.account.student_id for one in listed}
    students = {} if wanted <= {None} else {one.student.id: one.student for one in list_students(use.store)}
    rows = []
    for one in listed:
        student = students.get(one.account.student_id or 0)
        roll, name = ("", "") if student is None else (student.roll, student.name)
        rows.append(Row(one, names.get(one.account.teacher_id or 0, ""), roll, name))
    return rows


def _add_account(use: "Use", given: dict[str, str]) -> Coded:
    return admin.add(use.store, given["name"], given["role"], **_links(given))


def _change_role(use: "Use", given: dict[str, str], name: str) -> "Account":
    return admin.change_role(use.store, name, given["role"], **_links(given))


def _links(given: dict[str, str]) -> dict[str, str | None]:
    """What the role has use for; what a field that is away holds does not count."""
    role = given["role"]
    return {
        "teacher": (given["teacher"] or None) if role in ("admin", "teacher") else None,
        "roll": (given["roll"] or None) if role == "student" else None,
    }
