"""The page where people say who they are: at the start, after logging out, and when the window was locked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.actor import Actor
from core.errors import RollcallError
from gui.background import Task
from gui.texts import _, told
from gui.theme import pixels
from gui.widgets.form import Form, not_empty

if TYPE_CHECKING:
    from core.records import ProgressSink
    from core.store.accounts import Account
    from gui.application import Application


class LoginPage(ttk.Frame):
    """Stands in the place of the whole window, so that nothing behind it can be seen or reached by a key."""

    def __init__(self, app: Application, *, locked_by: Actor | None = None, with_code: bool = False) -> None:
        super().__init__(app.root)
        self._app, self._locked_by, self._with_code = app, locked_by, with_code
        box = ttk.Frame(self, width=pixels(self, 380))
        box.place(relx=0.5, rely=0.42, anchor="center", width=pixels(self, 380))
        title = app.settings.school or "Rollcall"
        ttk.Label(box, text=title, style="Heading.TLabel", wraplength=pixels(self, 380)).pack(anchor="center")
        ttk.Label(box, text=self._what(), style="Muted.TLabel", wraplength=pixels(self, 380)).pack(anchor="center")
        self.form = Form(box)
        self.form.pack(fill="x", pady=pixels(self, 12))
        self._fill()
        self.problem = ttk.Label(box, style="Problem.TLabel", wraplength=pixels(self, 380))
        self.problem.pack(fill="x")
        words = _("Unlock") if locked_by else _("Log in")
        self.button = ttk.Button(box, text=words, bootstyle="primary", command=self.submit)
        self.button.pack(fill="x", pady=(pixels(self, 8), pixels(self, 12)))
        self._add_other_ways(box)
        self._bind_return()

    def submit(self) -> None:
        """Try what was typed."""
        if not self.form.check():
            return
        self.button.configure(state="disabled")
        self.problem.configure(text="")
        values, store = self.form.values(), self._app.store

        def prove(_task: Task, _progress: ProgressSink) -> Account:
            from core.accounts.login import log_in, use_code

            if self._with_code:
                return use_code(store, values["name"], values["code"], values["password"])
            return log_in(store, values["name"], values["password"])

        self._app.background.run(prove, done=self._proven, failed=self._refused)

    def _what(self) -> str:
        if self._locked_by is not None:
            return _("Locked. Please type your password, {name}.").format(name=self._locked_by.name)
        if self._with_code:
            return _("Use the code that an admin gave you, and choose a password.")
        return _("Please log in.")

    def _fill(self) -> None:
        name = self._locked_by.name if self._locked_by else ""
        self.name = self.form.add_text("name", _("Name"), value=name, check=not_empty)
        if self._with_code:
            self.form.add_text("code", _("Code"), check=not_empty)
        label = _("New password") if self._with_code else _("Password")
        self.password = self.form.add_text("password", label, check=not_empty, secret=True)
        if self._locked_by is not None:
            self.name.configure(state="readonly")
        self.after_idle((self.password if self._locked_by else self.name).focus_set)

    def _add_other_ways(self, box: ttk.Frame) -> None:
        if self._locked_by is not None:
            ttk.Button(box, text=_("Somebody else"), bootstyle="link", command=self._app.log_out).pack()
            return
        words = _("I have a password") if self._with_code else _("First time here? Use your code")
        ttk.Button(box, text=words, bootstyle="link", command=self._other_way).pack()

    def _other_way(self) -> None:
        self._app.show_login(with_code=not self._with_code)

    def _bind_return(self) -> None:
        for field in (self.name, self.password):
            field.bind("<Return>", lambda _event: self.submit())

    def _proven(self, account: Account) -> None:
        if self.winfo_exists():
            self._app.log_in(account.actor())

    def _refused(self, problem: Exception) -> None:
        if not self.winfo_exists():
            return
        self.button.configure(state="normal")
        if not isinstance(problem, RollcallError):
            self._app.tell(problem)
            return
        self.problem.configure(text=told(problem))
        self.form.set_value("password", "")
        self.password.focus_set()
