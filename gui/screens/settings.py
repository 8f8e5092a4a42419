"""The settings of the school, and of this window: a list of pages, one of them open."""

from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.actions import ACTIONS
from gui.dialogs.ask import yes_no
from gui.screen import LOW, BaseScreen
from gui.screens.settings_parts.caution import CautionPage
from gui.screens.settings_parts.forms import LessonsPage, RecognitionPage, SchoolPage
from gui.screens.settings_parts.keeping import BackupsPage, RetentionPage
from gui.screens.settings_parts.looks import LooksPage
from gui.screens.settings_parts.mail import MailPage
from gui.screens.settings_parts.rooms import RoomsPage
from gui.screens.settings_parts.statuses import StatusesPage
from gui.texts import N_, _, anchor, start
from gui.theme import on_change, pixels
from gui.widgets.pages import FieldsPage, Page
from gui.widgets.small import keep_focus_in_sight

if TYPE_CHECKING:
    from gui.application import Application

PAGES: tuple[type[Page], ...] = (
    *(SchoolPage, LessonsPage, StatusesPage, RoomsPage, RecognitionPage, CautionPage),
    *(MailPage, RetentionPage, BackupsPage, LooksPage),
)


class Screen(BaseScreen):
    """Teachers see only how the window looks."""

    name = "settings"
    title = N_("Settings")
    action = "settings.show"
    order = 800
    icon = "gear"
    least = LOW

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.heading(_("Settings"))
        # Scrolls where the letters are large.
        side = ttk.ScrolledFrame(self, width=pixels(self, 220))
        side.pack(side=start(), fill="y")
        ttk.Separator(self, orient="vertical").pack(side=start(), fill="y", padx=pixels(self, 12))
        self._place = ttk.Frame(self)
        self._place.pack(side=start(), fill="both", expand=True)
        self.open_pages = [one for one in PAGES if self._may(one)]
        self._buttons: dict[type[Page], ttk.Button] = {}
        for kind in self.open_pages:
            button = ttk.Button(
                side,
                text=_(kind.title),
                icon=kind.icon,
                bootstyle="ghost",
                width=20,
                command=partial(self.turn_to, kind),
            )
            button.pack(fill="x", pady=(0, pixels(self, 2)))
            self._buttons[kind] = button
        keep_focus_in_sight(side, side)
        self._pages: dict[type[Page], Page] = {}
        self.page: Page | None = None
        on_change(self, self._show_current)

    def show(self, about: object = None) -> None:
        """about: the title of a page in English."""
        asked = next((one for one in self.open_pages if one.title == about), None)
        if asked is not None or self.page is None:
            self.turn_to(asked or self.open_pages[0])
        else:
            self.page.show()

    def turn_to(self, kind: type[Page]) -> None:
        """Open a page, unless something on the one before is not saved."""
        if not self.leave():
            return
        if self.page is not None:
            self.page.pack_forget()
        self.page = self._pages.get(kind) or kind(self.app, self._place)
        self._pages[kind] = self.page
        self.page.pack(fill="both", expand=True)
        self._show_current()
        self.page.show()

    def leave(self) -> bool:
        page = self.page
        if page is None or not page.is_changed:
            return True
        sentence = _("What you changed on this page is not saved yet.")
        yes_no(self.app, sentence, partial(_forget, page), yes=_("Throw it away"), danger=True)
        return False

    def _may(self, kind: type[Page]) -> bool:
        actor = self.app.actor
        return kind.action is None or actor is None or actor.account_id is None or actor.role in ACTIONS[kind.action]

    def _show_current(self) -> None:
        for kind, button in self._buttons.items():
            button.configure(bootstyle="neutral" if isinstance(self.page, kind) else "ghost")
            self.app.root.style.configure(button.cget("style"), anchor=anchor())


def _forget(page: Page) -> None:
    if isinstance(page, FieldsPage):
        page.forget()
