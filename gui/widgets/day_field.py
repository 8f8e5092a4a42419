"""A day: typed, or chosen from a calendar by mouse and keys.

Of our own, since the one of ttkbootstrap stops the program until it is closed, gets no clicks over a modal dialog,
knows neither our catalogues nor languages read from the right, and writes days in ways that mean different things.
"""

import tkinter as tk
from collections.abc import Callable
from datetime import date, timedelta, tzinfo
from functools import partial

import ttkbootstrap as ttk

from core import clock
from gui.texts import _, anchor, day_names, day_text, end, is_right_to_left, month_text, start, weekday_text
from gui.theme import card, faint, font, ink_on, muted, on_change, pixels
from gui.widgets.days import WEEKS, day_of, months_away, week_start, weeks_of, within
from gui.widgets.popup import Popup
from gui.widgets.small import add_tip

LONGEST_NAME = 4
"""Letters of a weekday above its column; of languages whose short names are longer it is the first one."""
CELL_WIDTH, CELL_HEIGHT = 42, 32
"""Of a day in the calendar, pixels at 100 %."""


class DayField(ttk.Frame):
    """An entry with a button; Down opens the calendar too.  The variable holds what is typed, like 2026-11-21."""

    def __init__(
        self, parent: tk.Misc, variable: tk.StringVar, zone: tzinfo | None, *, says_weekday: bool = True
    ) -> None:
        """zone: the school's, for what today is.  says_weekday: the day that was understood stands beside it."""
        super().__init__(parent)
        self.variable, self.zone = variable, zone
        self.calendar: Calendar | None = None
        self.entry = ttk.Entry(self, textvariable=variable, width=12)
        self.entry.pack(side=start())
        self.button = ttk.Button(
            self, icon="calendar3", icon_only=True, text=_("Calendar"), bootstyle="neutral", command=self.open
        )
        self.button.pack(side=start(), padx=pixels(self, 4), fill="y")
        add_tip(self.button, _("Choose from a calendar"))
        for key in ("<Down>", "<Alt-Down>", "<F4>"):
            self.entry.bind(key, lambda _event: self.open())
        self._said = ttk.Label(self, style="Muted.TLabel", font=font("Small"), anchor=anchor())
        if says_weekday:
            self._said.pack(side=start(), fill="x", expand=True)
            trace = variable.trace_add("write", lambda *_: self._say())
            self.bind("<Destroy>", lambda _event: variable.trace_remove("write", trace))
            self._say()

    def focus_set(self) -> None:
        self.entry.focus_set()

    def open(self) -> str:
        """Show the calendar, or close it again."""
        if self.calendar is not None:
            self.calendar.close()
        elif "disabled" not in self.entry.state():
            day = day_of(self.variable.get(), self.zone) or clock.today(self.zone)
            self.calendar = Calendar(self, day, self.zone, self._chosen, self._closed)
        return "break"

    def _chosen(self, day: date) -> None:
        self.variable.set(day.isoformat())

    def _closed(self) -> None:
        self.calendar = None
        self.entry.focus_set()
        self.entry.icursor("end")

    def _say(self) -> None:
        day = day_of(self.variable.get(), self.zone) if self.variable.get().strip() else None
        self._said.configure(text="" if day is None else weekday_text(day))


class Calendar(Popup):
    """A month below its field.  Arrows: another day; PgUp, PgDn: month, with Ctrl year; Home: today; Enter, Esc."""

    def __init__(
        self,
        field: DayField,
        day: date,
        zone: tzinfo | None,
        chosen: Callable[[date], None],
        closed: Callable[[], None],
    ) -> None:
        super().__init__(field, closed)
        self.title(_("Calendar"))
        self.day = day
        self._chosen_before, self._today, self._first = day, clock.today(zone), week_start(zone)
        self._chosen = chosen
        self._grabbed_before = self.grab_current()
        self._cells: list[date] = []
        self._make()
        self._bind_keys()
        self.bind("<Map>", self._was_shown)
        self.drop()

    def show(self, day: date) -> None:
        """Stand on a day."""
        self.day = within(day)
        self._draw()

    def choose(self, day: date) -> None:
        """Take a day and close."""
        self._chosen(day)
        self.close()

    def close(self) -> None:
        if not self.winfo_exists():
            return
        before = self._grabbed_before
        self.grab_release()
        super().close()
        if before is not None and before.winfo_exists() and before.winfo_viewable():
            before.grab_set()

    def _make(self) -> None:
        frame = self.body
        frame.configure(padding=pixels(self, 8))
        head = ttk.Frame(frame)
        head.pack(fill="x")
        before, after = ("chevron-right", "chevron-left") if is_right_to_left() else ("chevron-left", "chevron-right")
        self.before = self._button(head, before, _("The month before"), -1)
        self.before.pack(side=start())
        self.after_month = self._button(head, after, _("The month after"), 1)
        self.after_month.pack(side=end())
        self.head = ttk.Label(head, style="Title.TLabel", anchor="center")
        self.head.pack(fill="x", expand=True)
        self.canvas = tk.Canvas(
            frame, width=pixels(self, 7 * CELL_WIDTH), height=pixels(self, (WEEKS + 1) * CELL_HEIGHT),
            highlightthickness=0, borderwidth=0, takefocus=True,
        )  # fmt: skip
        self.canvas.pack(pady=pixels(self, 4))
        self.canvas.bind("<Button-1>", self._clicked)
        words = _("Today: {day}").format(day=day_text(self._today, "medium"))
        today = ttk.Button(
            frame, text=words, bootstyle="link", takefocus=False, command=lambda: self.choose(self._today)
        )
        today.pack(side=start())
        on_change(self.canvas, self._draw)

    def _button(self, parent: ttk.Frame, icon: str, words: str, months: int) -> ttk.Button:
        return ttk.Button(
            parent, icon=icon, icon_only=True, text=words, bootstyle="ghost", takefocus=False,
            command=lambda: self.show(months_away(self.day, months)),
        )  # fmt: skip

    def _bind_keys(self) -> None:
        way = -1 if is_right_to_left() else 1
        steps = {"<Left>": -way, "<Right>": way, "<Up>": -7, "<Down>": 7}
        for key, days in steps.items():
            self.canvas.bind(key, partial(self._by_days, days))
        for key, months in {"<Prior>": -1, "<Next>": 1, "<Control-Prior>": -12, "<Control-Next>": 12}.items():
            self.canvas.bind(key, partial(self._by_months, months))
        self.canvas.bind("<Home>", lambda _event: self.show(self._today))
        for key in ("<Return>", "<KP_Enter>", "<space>"):
            self.canvas.bind(key, lambda _event: self.choose(self.day))
        for key in ("<Escape>", "<Tab>", "<Alt-Up>", "<F4>"):
            self.canvas.bind(key, lambda _event: self.close())
        # With the grab all presses come here; those beside the calendar close it.
        self.bind("<Button>", self._pressed)

    def _by_days(self, days: int, _event: object) -> None:
        self.show(self.day + timedelta(days=days))

    def _by_months(self, months: int, _event: object) -> None:
        self.show(months_away(self.day, months))

    def _pressed(self, event: "tk.Event[tk.Misc]") -> None:
        x, y = event.x_root - self.winfo_rootx(), event.y_root - self.winfo_rooty()
        if not (0 <= x < self.winfo_width() and 0 <= y < self.winfo_height()):
            self.close()

    def _clicked(self, event: "tk.Event[tk.Misc]") -> None:
        column = 7 * event.x // self.canvas.winfo_width()
        row = (WEEKS + 1) * event.y // self.canvas.winfo_height() - 1
        if 0 <= row < WEEKS and 0 <= column < 7:
            self.choose(within(self._cells[row * 7 + self._nth(column)]))

    def _nth(self, column: int) -> int:
        """The place in the week of a column, or the column of a place."""
        return 6 - column if is_right_to_left() else column

    def _draw(self) -> None:
        colours, canvas = ttk.Style().colors, self.canvas
        canvas.configure(background=colours.bg)
        canvas.delete("all")
        self.head.configure(text=month_text(self.day))
        names = day_names()
        if max(map(len, names)) > LONGEST_NAME:
            names = day_names("narrow")
        for place in range(7):
            self._write(place, 0, names[(self._first + place) % 7], "Small", muted(colours.bg, colours.fg))
        weeks = weeks_of(self.day, self._first)
        self._cells = [day for week in weeks for day in week]
        for row, week in enumerate(weeks, 1):
            for place, day in enumerate(week):
                self._draw_day(place, row, day)

    def _draw_day(self, place: int, row: int, day: date) -> None:
        colours = ttk.Style().colors
        ink = colours.fg if day.month == self.day.month else faint(colours.bg, colours.fg)
        left, top = pixels(self, self._nth(place) * CELL_WIDTH), pixels(self, row * CELL_HEIGHT)
        box = (left + 1, top + 1, left + pixels(self, CELL_WIDTH) - 2, top + pixels(self, CELL_HEIGHT) - 2)
        if day == self.day:
            self.canvas.create_rectangle(box, fill=colours.primary, outline="")
            ink = ink_on(colours.primary)
        elif day == self._chosen_before:
            self.canvas.create_rectangle(box, fill=card(colours.bg, colours.fg), outline=colours.border)
        if day == self._today:
            # A line, not a colour alone.
            line = box[3] - pixels(self, 3)
            self.canvas.create_line(box[0] + pixels(self, 10), line, box[2] - pixels(self, 10), line, fill=ink, width=2)
        self._write(place, row, str(day.day), "Body", ink)

    def _write(self, place: int, row: int, text: str, size: str, ink: str) -> None:
        x = pixels(self, self._nth(place) * CELL_WIDTH) + pixels(self, CELL_WIDTH) // 2
        y = pixels(self, row * CELL_HEIGHT) + pixels(self, CELL_HEIGHT) // 2
        self.canvas.create_text(x, y, text=text, font=font(size), fill=ink)

    def _was_shown(self, event: "tk.Event[tk.Misc]") -> None:
        if event.widget is self:
            self.grab_set()
            self.canvas.focus_force()
