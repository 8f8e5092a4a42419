"""The cards below today's lessons: who is below the minimum, who came last, and everybody on site."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import ttkbootstrap as ttk

from core import clock
from gui.dialogs.base import Dialog
from gui.screens.today_parts.news import (
    MOST,
    Below,
    House,
    Line,
    arrival_line,
    house_line,
    load_arrivals,
    load_below,
    load_house,
)
from gui.texts import _, anchor, end, ngettext, number_text, percent_text, shortened, time_text
from gui.theme import pixels
from gui.widgets.small import keep_focus_in_sight
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from datetime import tzinfo

    from core.presence import Event
    from core.store.onsite import OnSite
    from gui.application import Application
    from gui.background import Task
    from gui.opening import Use
    from gui.screen import BaseScreen

    Step = Callable[[], Task]

T = TypeVar("T")

LONGEST_NAME = 22
SIDE_BY_SIDE = 1100
"""From this width of the window on, at 100 %."""


class Cards(ttk.Frame):
    """Each card is filled when it is loaded, if who looks may see it: one after the other, the costly one last.

    Cards of cameras that have seen nobody are left out.
    """

    def __init__(self, screen: BaseScreen, parent: ttk.ScrolledFrame) -> None:
        super().__init__(parent)
        self._screen, self._place, self.app = screen, parent, screen.app
        self.zone = clock.school_zone(self.app.settings)
        self._below: Below | None = None
        self._cards: dict[int, tuple[object, ttk.Frame]] = {}
        self._task: Task | None = None

    def load(self) -> None:
        """Look up what is new."""
        if self._task is not None:
            self._task.cancel()
        steps: list[tuple[str, Step]] = [
            ("presence.show", lambda: self._call(load_arrivals, self._show_arrivals)),
            ("presence.on_site", lambda: self._call(load_house, self._show_house)),
            ("report.run", lambda: self._call(partial(load_below, known=self._below), self._show_below)),
        ]
        self._steps = [step for action, step in steps if self._screen.may(action)]
        if self._below is None and self._screen.may("report.run"):
            self._add(0, None, self._below_title(None), [Line("", _("Looking …"), "", can_open=False)])
        self._next()

    def _next(self) -> None:
        if self._steps:
            self._task = self._steps.pop(0)()

    def _call(self, work: Callable[[Use], T], show: Callable[[T], None]) -> Task:
        def take(found: T) -> None:
            show(found)
            self._next()

        return self.app.call(work, take, owner=self)

    def _below_title(self, found: Below | None) -> str:
        minimum = percent_text(self.app.settings.minimum_percent)
        if found is None or not found.students:
            return _("Below {minimum}").format(minimum=minimum)
        words = ngettext("{} student below {}", "{} students below {}", found.students)
        return words.format(number_text(found.students), minimum)

    def _show_below(self, found: Below) -> None:
        self._below = found
        report = partial(self.app.open, "reports", ("below", found.answers))
        lines = found.lines or [Line("", _("Nobody at the moment"), "", can_open=False)]
        self._add(0, found, self._below_title(found), lines, _("Show the report") if found.students else "", report)

    def _show_arrivals(self, found: Sequence[Event]) -> None:
        self._add(1, found, _("Last arrivals"), [arrival_line(one, self.zone) for one in found])

    def _show_house(self, found: House) -> None:
        count = len(found.people)
        title = ngettext("{} person on site", "{} people on site", count).format(number_text(count))
        lines = [house_line(one, self.zone, can_open=found.can_open(one)) for one in found.people[:MOST]]
        show = partial(HouseDialog, self.app, found, self.zone)
        self._add(2, found, title, lines, _("Show everybody"), show)

    def _add(
        self,
        place: int,
        what: object,
        title: str,
        lines: Sequence[Line],
        more: str = "",
        command: Callable[[], object] | None = None,
    ) -> None:
        """Fill a card, unless it tells the same already; what: all that it tells."""
        told = what, title, tuple(lines)
        if place in self._cards:
            if self._cards[place][0] == told:
                return
            self._cards.pop(place)[1].destroy()
        # With large letters they stand below each other.
        is_wide = self.winfo_toplevel().winfo_width() >= pixels(self, SIDE_BY_SIDE)
        row, column = (0, place) if is_wide else (place, 0)
        if not lines:
            return
        self.columnconfigure(column, weight=1, uniform="cards")
        card = ttk.Frame(self, style="Card.TFrame", padding=pixels(self, 16))
        self._cards[place] = told, card
        card.grid(row=row, column=column, sticky="nsew", pady=(pixels(self, 14), 0))
        self._space(pixels(self, 10) if is_wide else 0)
        self._fill(card, title, lines, more, command)
        keep_focus_in_sight(self._place, card)

    def _space(self, gap: int) -> None:
        """Between the cards, not at the sides."""
        places = sorted(self._cards)
        for number, place in enumerate(places):
            self._cards[place][1].grid_configure(padx=(gap if number else 0, 0))

    def _fill(
        self, card: ttk.Frame, title: str, lines: Sequence[Line], more: str, command: Callable[[], object] | None
    ) -> None:
        ttk.Label(card, text=title, style="CardTitle.TLabel").grid(row=0, columnspan=2, sticky=anchor())
        card.columnconfigure(0, weight=1)
        for number, one in enumerate(lines, 1):
            self._student(card, one).grid(row=number, column=0, sticky=anchor(), pady=pixels(self, 1))
            about = ttk.Label(card, text=one.about, style="CardMuted.TLabel")
            about.grid(row=number, column=1, sticky="e" if end() == "right" else "w")
        if more and command is not None:
            button = ttk.Button(card, text=more, bootstyle="neutral", command=command)
            button.grid(row=len(lines) + 1, columnspan=2, sticky=anchor(), pady=(pixels(self, 10), 0))

    def _student(self, card: ttk.Frame, one: Line) -> ttk.Button | ttk.Label:
        name = shortened(one.name, LONGEST_NAME)
        if not one.can_open:
            return ttk.Label(card, text=name, style="Card.TLabel" if one.roll else "CardMuted.TLabel")
        command = partial(self.app.open, "student", one.roll)
        return ttk.Button(card, text=name, style="Card.Link.TButton", command=command)


class HouseDialog(Dialog):
    """Everybody on site, to be searched and sorted."""

    def __init__(self, app: Application, house: House, zone: tzinfo | None) -> None:
        super().__init__(app, _("Everybody on site"))
        self._house = house
        columns = [
            Column["OnSite"](_("Class"), lambda one: ", ".join(one.classes), 110),
            Column["OnSite"](_("Roll"), lambda one: one.roll, 90),
            Column["OnSite"](_("Name"), lambda one: one.name, 220, stretch=True),
            Column["OnSite"](_("Since"), lambda one: time_text(one.arrived_at, zone), 90, lambda one: one.arrived_at),
            Column["OnSite"](_("Seen last"), lambda one: time_text(one.last_seen, zone), 90, lambda one: one.last_seen),
            Column["OnSite"](_("Where"), lambda one: one.where, 150),
            Column["OnSite"]("", lambda one: _("may have left") if one.may_have_left else "", 120),
        ]
        self.table = Table["OnSite"](self.body, columns, key=lambda one: str(one.student_id), on_open=self._open)
        self.table.pack(fill="both", expand=True)
        self.table.set_rows(house.people)
        self.add_button(_("Close"), self.close, "primary")
        self.open(self.table.tree)

    def _open(self, one: OnSite) -> None:
        if self._house.can_open(one):
            self.close()
            self.app.open("student", one.roll)
