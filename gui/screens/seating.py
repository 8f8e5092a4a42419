"""The seating plan of one class: students are put onto seats, and the plan is saved."""

import tkinter as tk
from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core.errors import RollcallError
from core.seats import MOST, Seats
from gui.dialogs.ask import yes_no
from gui.screen import BaseScreen
from gui.screens.mark_parts.asking import bind_keys
from gui.screens.mark_parts.lesson import load_photos
from gui.screens.seating_parts.arranging import Arranging
from gui.screens.seating_parts.plan import PlanCanvas
from gui.texts import N_, _, anchor, end, ngettext, start
from gui.theme import pixels
from gui.widgets.board_layout import PHOTO_PX
from gui.widgets.flow import Flow
from gui.widgets.heading import back_button
from gui.widgets.small import follow_width

if TYPE_CHECKING:
    from core.seating import Order, SeatingPlan
    from gui.application import Application
    from gui.opening import Use


class Screen(BaseScreen):
    """Opened with the code of the class."""

    name = "seating"
    title = N_("Seating plan")
    action = "classes.seat"
    order = 0
    icon = "grid-3x3-gap"

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.code = ""
        self.loaded: SeatingPlan | None = None
        self._make_head()
        self._make_acts()
        self._make_foot()
        self.plan = PlanCanvas(self, self._show_state)
        self.plan.pack(fill="both", expand=True)
        bind_keys(self, {"<Control-s>": self.save, "<Control-z>": self.undo})
        self._show_state()

    @property
    def arranging(self) -> Arranging | None:
        """The plan as it is changed here."""
        return self.plan.arranging

    def show(self, about: object = None) -> None:
        """about: code of a class; None for the one that was shown last."""
        if isinstance(about, str):
            self.code = about
        if self.code:
            self._load()

    def leave(self) -> bool:
        arranging = self.arranging
        if arranging is None or not arranging.is_changed:
            return True
        sentence = _("The seating plan is not saved yet.")
        yes_no(self.app, sentence, partial(self._change, arranging.stored), yes=_("Throw it away"), danger=True)
        return False

    def save(self) -> None:
        """Store the plan."""
        arranging, code = self.arranging, self.code
        if arranging is None or not arranging.is_changed:
            return
        sent = arranging.seats
        self.save_button.configure(state="disabled")

        def saved(plan: "SeatingPlan") -> None:
            arranging.saved(sent, [one.id for one in plan.students], plan.seats)
            self._take(plan, arranging)

        self.call(lambda use: _save(use, code, sent), saved, failed=self._not_saved, saves=True)

    def undo(self) -> None:
        """As it was before the last change."""
        if self.arranging is not None:
            self.arranging.undo()
            self._drawn()

    def fill(self, order: "Order") -> None:
        """Seat everybody in this order."""
        from core.seating import ordered

        if self.arranging is not None and self.loaded is not None:
            self._change(self.arranging.seats.filled(ordered(self.loaded.students, order)))

    def clear(self) -> None:
        """Nobody has a seat."""
        if self.arranging is not None:
            self._change(self.arranging.seats.only(()))

    def _load(self) -> None:
        code, size = self.code, pixels(self, PHOTO_PX["seats"])

        def work(use: "Use") -> "SeatingPlan":
            from core.seating import seating_plan

            return seating_plan(use.store, code)

        def take(plan: "SeatingPlan") -> None:
            if code != self.code:
                return
            self._take(plan, Arranging([one.id for one in plan.students], plan.seats))
            self.plan.canvas.focus_set()
            rolls = {one.roll: one.id for one in plan.students}
            self.call(
                lambda use: load_photos(use, rolls, {"seats": size}),
                lambda found: self.plan.show_photos(found.get("seats", {})),
            )

        self.call(work, take)

    def _take(self, plan: "SeatingPlan", arranging: Arranging) -> None:
        self.loaded = plan
        self.heading_label.configure(text=_("Seating plan of {code}").format(code=plan.school_class.code)[:80])
        self.plan.show({one.id: one for one in plan.students}, arranging)
        self._show_state()

    def _not_saved(self, _problem: RollcallError) -> bool:
        self._show_state()
        return False

    def _change(self, seats: Seats) -> None:
        if self.arranging is not None:
            self.arranging.change(seats)
            self._drawn()

    def _drawn(self) -> None:
        self.plan.draw()
        self._show_state()

    def _resize(self, _event: object = None) -> None:
        if self.arranging is not None:
            self._change(self.arranging.seats.resized(int(self.rows.get()), int(self.columns.get())))
        self.plan.canvas.focus_set()

    def _back(self) -> None:
        self.app.open("class", self.code)

    def _make_head(self) -> None:
        line = ttk.Frame(self)
        line.pack(fill="x", pady=(0, pixels(self, 10)))
        back_button(line, _("Class"), self._back).pack(side=start(), padx=(0, pixels(self, 10)))
        self.back_with(self._back)
        self.save_button = ttk.Button(line, text=_("Save (Ctrl+S)"), bootstyle="primary", command=self.save)
        self.save_button.pack(side=end(), anchor="n")
        self.undo_button = ttk.Button(line, text=_("Undo"), bootstyle="outline", command=self.undo)
        self.undo_button.pack(side=end(), anchor="n", padx=pixels(self, 8))
        words = ttk.Frame(line)
        words.pack(side=start(), fill="x", expand=True)
        self.heading_label = ttk.Label(words, style="Heading.TLabel")
        self.heading_label.pack(anchor=anchor())
        self.details = ttk.Label(words, style="Muted.TLabel")
        self.details.pack(anchor=anchor(), pady=(pixels(self, 4), 0))

    def _make_acts(self) -> None:
        line = Flow(self)
        line.pack(fill="x", pady=(0, pixels(self, 10)))
        self.rows = self._make_size(line, _("Rows"))
        self.columns = self._make_size(line, _("Columns"))
        offered = (
            (_("Fill by name"), lambda: self.fill("name")),
            (_("Fill by roll"), lambda: self.fill("roll")),
            (_("Clear"), self.clear),
        )
        for text, command in offered:
            line.add(ttk.Button(line, text=text, bootstyle="outline", command=command))

    def _make_size(self, line: Flow, text: str) -> ttk.Combobox:
        gap, pair = pixels(self, 6), ttk.Frame(line)
        line.add(pair)
        ttk.Label(pair, text=text).pack(side=start())
        box = ttk.Combobox(pair, values=[str(one) for one in range(1, MOST + 1)], state="readonly", width=4)
        box.pack(side=start(), padx=(gap, gap))
        box.bind("<<ComboboxSelected>>", self._resize)
        return box

    def _make_foot(self) -> None:
        foot = ttk.Frame(self)
        foot.pack(side="bottom", fill="x", pady=(pixels(self, 8), 0))
        turned = tk.BooleanVar(self)
        self.turned = ttk.Checkbutton(
            foot,
            text=_("Seen from the teacher"),
            variable=turned,
            command=lambda: self.plan.turn(on=turned.get()),
        )
        self.turned.pack(side=end(), anchor="n", padx=(pixels(self, 12), 0))
        self.hint = follow_width(ttk.Label(foot, style="Muted.TLabel", justify=start()))
        self.hint.pack(side=start(), fill="x", expand=True)

    def _show_state(self) -> None:
        """Sizes, who has a seat, what can be done now."""
        arranging, plan = self.arranging, self.loaded
        if arranging is None or plan is None:
            for button in (self.save_button, self.undo_button):
                button.configure(state="disabled")
            return
        self.rows.set(str(arranging.seats.rows))
        self.columns.set(str(arranging.seats.columns))
        self.details.configure(text=f"{plan.school_class.name[:60]}  ·  {_seated(arranging)}")
        self.save_button.configure(state="normal" if arranging.is_changed else "disabled")
        self.undo_button.configure(state="normal" if arranging.can_undo else "disabled")
        held = next((one.name for one in plan.students if one.id == arranging.held), None)
        self.hint.configure(text=_hint(held))


def _seated(arranging: Arranging) -> str:
    count = len(arranging.students)
    if not count:
        return _("Nobody is in this class yet.")
    words = ngettext("{seated} of {} student has a seat", "{seated} of {} students have a seat", count)
    return words.format(count, seated=len(arranging.seats.places))


def _hint(held: str | None) -> str:
    if held is not None:
        return _("{name} is in your hand: choose a seat with the arrows, Enter puts them down, Esc leaves it.").format(
            name=held[:40]
        )
    return _(
        "Drag students onto seats. By keyboard: arrows move, Enter picks up and puts down, Delete takes the seat away."
    )


def _save(use: "Use", code: str, seats: Seats) -> "SeatingPlan":
    from core.seating import save_seating

    return save_seating(use.store, code, seats)
