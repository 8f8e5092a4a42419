"""The fields of the first account, whose password is judged while it is typed."""

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.accounts import passwords
from core.errors import InputError, RollcallError
from gui.texts import _, anchor, told
from gui.theme import pixels
from gui.widgets.form import Form, not_empty

if TYPE_CHECKING:
    from core.store.accounts import Account
    from gui.application import Application


def verdict(password: str, again: str, name: str) -> tuple[bool, str]:
    """Whether a new password can be taken, and what is told beside it while it is typed."""
    if not password:
        return False, _("At least ten characters; four words that do not belong together are good.")
    try:
        passwords.check_new_password(password, name)
    except InputError as error:
        return False, told(error)
    if again != password:
        return False, _("Good. Now type it again below.") if not again else _("The two are not the same yet.")
    return True, _("✓ This password is good.")


class NewPassword:
    """Adds its fields to a form: name, password, password again."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self.name = form.add_text("name", _("Name to log in with"), check=not_empty)
        self.first = form.add_text("password", _("Password"), secret=True, check=self._check)
        self.told = ttk.Label(form, style="Muted.TLabel", wraplength=pixels(form, 420))
        self.told.grid(sticky=anchor(), pady=(pixels(form, 4), 0))
        self.again = form.add_text("again", _("Password again"), secret=True)
        for field in ("name", "password", "again"):
            form.on_change(field, self.judge)
        self.judge()

    def judge(self) -> None:
        """Say how good the password is by now."""
        self.told.configure(text=self._verdict()[1])

    def set_up(self, app: "Application", owner: tk.Misc, done: "Callable[[Account], None]") -> None:
        """Make the account; a sentence about it stands beside the name."""
        from core.accounts.admin import set_up

        values = self._form.values()
        name, password = values["name"], values["password"]
        app.call(lambda use: set_up(use.store, name, password), done, owner=owner, failed=self._failed, saves=True)

    def _failed(self, problem: RollcallError) -> bool:
        self._form.show_problem("name", told(problem))
        return True

    def _check(self, _value: str) -> str | None:
        good, told = self._verdict()
        # It stands at the field then; twice would be once too often.
        self.told.configure(text=told if good else "")
        return None if good else told

    def _verdict(self) -> tuple[bool, str]:
        values = self._form.values()
        return verdict(values["password"], values.get("again", ""), values["name"])
