"""One class: its roster, with who joins, leaves and moves, and its groups."""

from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.office.classes import ClassCard, list_classes
from gui.screen import BaseScreen
from gui.screens.class_parts.cards import ask_for_cards
from gui.screens.class_parts.forms import ClassDialog
from gui.screens.class_parts.groups import GroupsTab
from gui.screens.class_parts.roster import RosterTab, delete_class
from gui.screens.classes import covered_text
from gui.texts import N_, _, end, shortened, start
from gui.theme import pixels
from gui.widgets.saved import SavedLine
from gui.widgets.small import follow_width

if TYPE_CHECKING:
    from gui.application import Application


class Screen(BaseScreen):
    """Opened with the code of the class."""

    name = "class"
    title = N_("Class")
    action = "classes.show"
    order = 0
    icon = "mortarboard"

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.code = ""
        self.card: ClassCard | None = None
        self._make_head()
        self.saved = SavedLine(self, self)
        self.saved.pack(side="bottom", fill="x")
        self.book = ttk.Notebook(self)
        self.book.pack(fill="both", expand=True)
        self.book.enable_traversal()
        self.roster = RosterTab(self, self.book)
        self.groups = GroupsTab(self, self.book)
        self.book.add(self.roster, text=_("Students"))
        self.book.add(self.groups, text=_("Groups"))

    def show(self, about: object = None) -> None:
        """about: code of a class; None for the one that was shown last."""
        if isinstance(about, str) and about != self.code:
            self.code = about
            self.saved.clear()
        if self.code:
            self.load()

    def load(self) -> None:
        """Read the class, its roster and its groups again."""
        code = self.code

        def take(found: tuple[ClassCard, ...]) -> None:
            card = next((one for one in found if one.school_class.code == code), None)
            if card is None:
                self._back()
            elif code == self.code:
                self._fill(card, [one.school_class.code for one in found])

        self.call(lambda use: list_classes(use.store), take)

    def _make_head(self) -> None:
        line = self.heading("", (_("Classes"), self._back))
        self.title_line.pack_configure(pady=0)
        if self.may("classes.change"):
            ttk.Button(
                line, text=_("Delete …"), icon="trash", bootstyle="danger outline", command=self._delete
            ).pack(side=end(), padx=(pixels(self, 8), 0))  # fmt: skip
            ttk.Button(line, text=_("Edit"), icon="pencil", bootstyle="neutral", command=self._edit).pack(side=end())
        if self.may("classes.seat"):
            self.seats = ttk.Button(
                line, text=_("Seating plan"), icon="grid-3x3-gap", bootstyle="neutral", command=self._open_seats
            )
            self.seats.pack(side=end(), padx=(0, pixels(self, 8)))
        if self.may("phones.pair"):
            self.cards = ttk.Button(
                line, text=_("Phone cards …"), icon="phone", bootstyle="neutral", command=self._ask_for_cards
            )
            self.cards.pack(side=end(), padx=(0, pixels(self, 8)))
        self.heading_label = self.title_line.title
        self.details = follow_width(ttk.Label(self, style="Muted.TLabel", justify=start()))
        self.details.pack(fill="x", pady=(pixels(self, 4), pixels(self, 12)))

    def _fill(self, card: ClassCard, codes: list[str]) -> None:
        self.card = card
        one = card.school_class
        self.heading_label.configure(text=shortened(f"{one.code} {one.name}", 60))
        teachers = one.teacher or _("no teacher")
        room = card.room or _("no room")
        self.details.configure(
            text="  ·  ".join((teachers, room, _("faces: {share}").format(share=covered_text(card))))
        )
        self.roster.load(one, codes)
        self.groups.load(one)

    def _back(self) -> None:
        self.app.open("classes")

    def _open_seats(self) -> None:
        if self.card is not None:
            self.app.open("seating", self.code)

    def _ask_for_cards(self) -> None:
        if self.card is not None:
            ask_for_cards(self)

    def _edit(self) -> None:
        if self.card is not None:
            ClassDialog.for_class(self.app, self.card, self.show)

    def _delete(self) -> None:
        if self.card is not None:
            delete_class(self, self.card.school_class, self._back)
