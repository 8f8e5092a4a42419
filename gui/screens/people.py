"""People and roles: who may log in as what, and the teachers."""

from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.screen import BaseScreen
from gui.screens.people_parts.accounts import AccountsPage
from gui.screens.people_parts.teachers import TeachersPage
from gui.texts import N_, _
from gui.theme import pixels

if TYPE_CHECKING:
    from gui.application import Application


class Screen(BaseScreen):
    """For admins."""

    name = "people"
    title = N_("People and roles")
    action = "accounts.change"
    order = 780
    icon = "person-gear"

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.heading(_("People and roles"))
        self.book = ttk.Notebook(self)
        self.book.pack(fill="both", expand=True)
        self.book.enable_traversal()
        self.pages = (AccountsPage(app, self.book), TeachersPage(app, self.book))
        for page in self.pages:
            page.configure(padding=pixels(self, 12))
            self.book.add(page, text=_(page.title))
        self.book.bind("<<NotebookTabChanged>>", lambda _event: self._turned())

    def show(self, about: object = None) -> None:
        self._turned()

    def _turned(self) -> None:
        self.pages[self.book.index("current")].show()
