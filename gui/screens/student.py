"""One student: details, consent, faces, lessons and the chart, each loaded when its page is looked at."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import ttkbootstrap as ttk
from PIL import Image as Pictures

from core.office.students import StudentCard, card, coverage_of
from gui.opening import Use
from gui.screen import LOW, BaseScreen
from gui.screens.student_parts import acts
from gui.screens.student_parts.chart import ChartTab
from gui.screens.student_parts.consent import ConsentTab
from gui.screens.student_parts.details import DetailsTab
from gui.screens.student_parts.faces import FacesTab
from gui.screens.student_parts.forms import StudentDialog
from gui.screens.student_parts.lessons import LessonsTab
from gui.screens.student_parts.mail import MailDialog
from gui.screens.student_parts.phones import PhonesTab
from gui.screens.student_parts.tab import Tab
from gui.texts import N_, _, end, start
from gui.theme import pixels
from gui.widgets.coverage import LETTERS, coverage_colour, coverage_text, state_text
from gui.widgets.heading import Heading, back_button
from gui.widgets.picture import Picture, fitted
from gui.widgets.small import Badge

if TYPE_CHECKING:
    from gui.application import Application

PORTRAIT = 72
"""Pixels of the portrait at 100 %."""


class Screen(BaseScreen):
    """The card of a student; opened with the roll number."""

    name = "student"
    title = N_("Student")
    action = "people.show"
    order = 0
    icon = "person-vcard"
    least = LOW

    _TABS: ClassVar[tuple[tuple[str, type[Tab], str], ...]] = (
        (N_("Details"), DetailsTab, "people.show"),
        (N_("Consent"), ConsentTab, "people.show"),
        (N_("Faces"), FacesTab, "faces.show"),
        (N_("Lessons"), LessonsTab, "presence.history"),
        (N_("Chart"), ChartTab, "report.run"),
        (N_("Phones"), PhonesTab, "phones.of"),
    )

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.roll = ""
        self.card: StudentCard | None = None
        self._make_head()
        self.book = ttk.Notebook(self)
        self.book.pack(fill="both", expand=True)
        self.book.enable_traversal()
        self.tabs: list[Tab] = []
        for title, kind, action in self._TABS:
            if self.may(action):
                tab = kind(self, self.book)
                self.tabs.append(tab)
                self.book.add(tab, text=_(title))
        self.book.bind("<<NotebookTabChanged>>", lambda _event: self._show_tab())

    def show(self, about: object = None) -> None:
        """about: roll number; None for the one who was shown last."""
        if isinstance(about, str) and about != self.roll:
            self.roll = about
            self.card = None
            self.portrait.clear()
            self.book.select(0)
        if self.roll:
            self.reload()
        self.book.focus_set()

    def reload(self) -> None:
        """Read the student again, and what the page in front shows."""
        roll = self.roll

        def take(found: StudentCard) -> None:
            if roll == self.roll:
                self._fill(found)

        self.call(lambda use: card(use.store, roll), take)

    def _make_head(self) -> None:
        line = ttk.Frame(self)
        line.pack(fill="x", pady=(0, pixels(self, 12)))
        self.back_with(self._back)
        back_button(line, _("Students"), self._back).pack(side=start(), padx=(0, pixels(self, 10)))
        self.portrait = Picture(line, pixels(self, PORTRAIT), pixels(self, PORTRAIT))
        self.portrait.pack(side=start(), padx=(0, pixels(self, 14)))
        words = ttk.Frame(line)
        words.pack(side=start(), fill="x", expand=True)
        head = Heading(words, "")
        head.pack(fill="x")
        self.heading_label = head.title
        below = ttk.Frame(words)
        below.pack(fill="x", pady=(pixels(self, 4), 0))
        self.badge = Badge(below, "", coverage_colour("enough"))
        self.badge.pack(side=start())
        self.state_label = ttk.Label(below, style="Muted.TLabel")
        self.state_label.pack(side=start(), padx=pixels(self, 14))
        self._make_buttons(head.buttons)

    def _make_buttons(self, line: ttk.Frame) -> None:
        self.buttons: dict[str, ttk.Button] = {}
        offered: tuple[tuple[str, str, str, str, Callable[[], None]], ...] = (
            ("delete", "people.erase", _("Delete …"), "trash", self._delete),
            ("export", "people.export_one", _("Export …"), "box-arrow-up", self._export),
            ("mail", "mail.show", _("Mail …"), "envelope", self._mail),
            ("edit", "people.change", _("Edit"), "pencil", self._edit),
        )
        for name, action, text, icon, command in offered:
            if self.may(action):
                look = "danger outline" if name == "delete" else "neutral"
                button = ttk.Button(line, text=text, icon=icon, bootstyle=look, command=command)
                button.pack(side=end(), padx=(pixels(self, 8), 0))
                self.buttons[name] = button

    def _fill(self, found: StudentCard) -> None:
        self.card = found
        student = found.student
        self.heading_label.configure(text=acts.named(student))
        coverage = coverage_of(student, found.samples)
        text = coverage_text(coverage, found.samples)
        self.badge.set(f"{LETTERS[coverage]}  {text}", coverage_colour(coverage))
        classes = ", ".join(one.code for one in found.classes) or _("in no class")
        self.state_label.configure(text="  ·  ".join(filter(None, (classes, state_text(student)))))
        for tab in self.tabs:
            tab.is_stale = True
        self._show_tab()
        if found.samples and self.may("faces.show"):
            space = self.portrait.space
            self.call(partial(_portrait, student.roll, space), self._show_portrait, failed=lambda _problem: True)
        else:
            self.portrait.clear()

    def _show_portrait(self, found: tuple[str, Pictures.Image | None]) -> None:
        if found[0] == self.roll and found[1] is not None:
            self.portrait.show(found[1])

    def _show_tab(self) -> None:
        front = self.book.select()
        for tab in self.tabs:
            if str(tab) == front and self.card is not None and tab.is_stale:
                tab.is_stale = False
                tab.show(self.card)

    def _back(self) -> None:
        self.app.open("students")

    def _edit(self) -> None:
        if self.card is not None:
            StudentDialog.for_student(self.app, self.card.student, lambda roll: self.show(roll))

    def _mail(self) -> None:
        if self.card is not None:
            MailDialog(self.app, self.card.student)

    def _export(self) -> None:
        if self.card is not None:
            acts.export(self, self.card.student)

    def _delete(self) -> None:
        if self.card is not None:
            acts.delete(self, self.card.student, self._back)


def _portrait(roll: str, space: tuple[int, int], use: Use) -> tuple[str, Pictures.Image | None]:
    from core.face_gallery import portraits

    crop = portraits(use.store, [roll]).get(roll)
    return roll, None if crop is None else fitted(crop, space)
