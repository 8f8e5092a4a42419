"""A week as a grid of days and hours; each lesson is a button, so that keys reach it too."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, time, timedelta, tzinfo
from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core import clock
from core.store.sessions import CANCELLED, CLOSED, LOCKED, OPEN
from gui.screens.timetable_parts.checks import lanes
from gui.texts import _, clock_text, day_names, day_text, is_right_to_left, time_text
from gui.theme import font, on_change, pixels
from gui.widgets.small import EmptyState, add_tip

if TYPE_CHECKING:
    from core.calendar.lessons import LessonRow

FIRST_HOUR, LAST_HOUR = 8, 16
"""Shown at least; earlier and later lessons make it longer."""
HOUR, HEAD, SIDE = 62, 46, 70
"""Pixels at 100 %: the height of an hour, of the line with the days, and the width of the hours."""
NARROW_DAY = 140
"""Where a day has less room than that, less is said."""
SHORT = 8
"""Letters of a day beside which the word “today” has room."""
SCHOOL_DAYS = 5
MOST = 150
"""More lessons of a week than this cannot be told apart: a class must be chosen."""
PLANNED_LOOK = "primary-outline"
LOOKS = {OPEN: "success", LOCKED: "success", CLOSED: "neutral", CANCELLED: "danger-outline"}


class Week(ttk.ScrolledFrame):
    """Shows the lessons of one week; ``on_open`` gets the one that was chosen."""

    def __init__(self, parent: ttk.Frame, on_open: Callable[["LessonRow"], None]) -> None:
        super().__init__(parent)
        self._on_open = on_open
        self.buttons: list[ttk.Button] = []
        self.is_narrow, self._days = False, 0
        self._given: tuple[date, Sequence[LessonRow], Mapping[date, str], tzinfo | None, date] | None = None
        on_change(self, self._own_styles)
        self.bind("<Configure>", lambda _event: self._resized())

    def show(
        self, monday: date, rows: "Sequence[LessonRow]", closed: Mapping[date, str], zone: tzinfo | None, today: date
    ) -> None:
        """Draw it anew.  closed: days without lessons, with the reason."""
        for old in self.winfo_children():
            old.destroy()
        self.buttons, self._days = [], 0
        if len(rows) > MOST:
            sentence = _("Choose a class above to see its week.")
            EmptyState(self, "calendar-week", _("Too many lessons for one page"), sentence).pack(fill="x")
            return
        self._given = monday, rows, closed, zone, today
        by_day: dict[date, list[LessonRow]] = {monday + timedelta(days=number): [] for number in range(7)}
        for row in rows:
            by_day[row.lesson.day].append(row)
        days = [day for day, found in by_day.items() if found or day.weekday() < SCHOOL_DAYS]
        self._days = len(days)
        self.is_narrow = 1 < self.winfo_width() < pixels(self, SIDE + NARROW_DAY * len(days))
        spans = {id(row): _hours(row, zone) for row in rows}
        first = min([FIRST_HOUR, *(int(start) for start, _end in spans.values())])
        last = max([LAST_HOUR, *(int(-(-end // 1)) for _start, end in spans.values())])
        place = ttk.Frame(self, height=pixels(self, HEAD + HOUR * (last - first)))
        place.pack(fill="x", expand=True)
        self._draw_hours(place, first, last)
        for number, day in enumerate(days):
            column = ttk.Frame(place)
            side = pixels(self, SIDE)
            begin = 0 if is_right_to_left() else side
            nth = len(days) - 1 - number if is_right_to_left() else number
            column.place(
                relx=nth / len(days), x=begin - side * nth // len(days), relwidth=1 / len(days),
                width=-side // len(days) - pixels(self, 6), relheight=1,
            )  # fmt: skip
            for hour in range(first, last):
                # In each day anew: the days lie on the lines of the hours.
                ttk.Separator(column).place(x=0, y=pixels(self, HEAD + HOUR * (hour - first)), relwidth=1)
            self._draw_head(column, day, day == today, closed.get(day, ""))
            self._draw_day(column, by_day[day], [spans[id(row)] for row in by_day[day]], first, zone)

    def _resized(self) -> None:
        """Say less where there is less room."""
        if self._given is not None and self._days:
            narrow = self.winfo_width() < pixels(self, SIDE + NARROW_DAY * self._days)
            if narrow != self.is_narrow:
                self.show(*self._given)

    def _draw_hours(self, place: ttk.Frame, first: int, last: int) -> None:
        for hour in range(first, last):
            top = pixels(self, HEAD + HOUR * (hour - first))
            ttk.Separator(place).place(x=0, y=top, relwidth=1)
            label = ttk.Label(place, text=hour_text(hour), style="Muted.TLabel", font=font("Small"))
            if is_right_to_left():
                label.place(relx=1, y=top + pixels(self, 2), anchor="ne")
            else:
                label.place(x=0, y=top + pixels(self, 2))

    def _draw_head(self, column: ttk.Frame, day: date, is_today: bool, reason: str) -> None:
        words = f"{day_names('abbreviated')[day.weekday()]} {day.day}"
        said = f"{words}  {_('today')}" if is_today and not self.is_narrow and len(words) <= SHORT else words
        ttk.Label(column, text=said, style="Title.TLabel" if is_today else "TLabel").place(x=0, y=0)
        if reason:
            note = ttk.Label(column, text=reason, style="Problem.TLabel")
            note.place(x=0, y=pixels(self, 24), relwidth=1)
            add_tip(note, f"{day_text(day)}: {reason}")

    def _draw_day(
        self,
        column: ttk.Frame,
        rows: "Sequence[LessonRow]",
        spans: Sequence[tuple[float, float]],
        first: int,
        zone: tzinfo | None,
    ) -> None:
        for row, (start, end), (lane, count) in zip(rows, spans, lanes(spans), strict=True):
            words, look = _button_text(row, zone, is_narrow=self.is_narrow), LOOKS.get(row.lesson.state, PLANNED_LOOK)
            button = ttk.Button(
                column, text=words, bootstyle=look,
                command=partial(self._on_open, row), padding=pixels(self, 3),
            )  # fmt: skip
            # A style of their own: with the common one all buttons of the window would become small.
            button.configure(style=f"Lesson.{button.cget('style')}")
            button.place(
                relx=lane / count, relwidth=1 / count, y=pixels(self, round(HEAD + HOUR * (start - first))) + 1,
                height=max(pixels(self, 24), pixels(self, round(HOUR * (end - start))) - 2),
            )  # fmt: skip
            add_tip(button, lesson_words(row, zone))
            self.buttons.append(button)

    def _own_styles(self) -> None:
        style = ttk.Style()
        for look in {*LOOKS.values(), PLANNED_LOOK}:
            button = ttk.Button(self, bootstyle=look)
            style.configure(f"Lesson.{button.cget('style')}", font=font("Small"), anchor="center", justify="center")
            button.destroy()


def hour_text(hour: int) -> str:
    """A full hour, 0 to 23, as the lessons say theirs."""
    return clock_text(time(hour))


def _hours(row: "LessonRow", zone: tzinfo | None) -> tuple[float, float]:
    """Start and end in hours of its day; a lesson over midnight ends with the day."""
    begin = clock.local(row.lesson.starts_at, zone)
    start = begin.hour + begin.minute / 60
    return start, min(24.0, start + (row.lesson.ends_at - row.lesson.starts_at).total_seconds() / 3600)


def _button_text(row: "LessonRow", zone: tzinfo | None, *, is_narrow: bool) -> str:
    first = row.school_class.code[:12]
    parts: tuple[str, ...] = (time_text(row.lesson.starts_at, zone),)
    if not is_narrow:
        first = f"{row.school_class.code} {row.lesson.title or row.school_class.name}"[:26]
        parts = (*parts, state_words(row.lesson.state) or (row.room or "")[:12])
    return f"{first}\n{' · '.join(part for part in parts if part)}"


def state_words(state: str) -> str:
    """What became of a lesson; empty while it is only planned."""
    words = {OPEN: _("open"), LOCKED: _("locked"), CLOSED: _("held"), CANCELLED: _("cancelled")}
    return words.get(state, "")


def lesson_words(row: "LessonRow", zone: tzinfo | None) -> str:
    """Everything about a lesson in one line."""
    times = f"{time_text(row.lesson.starts_at, zone)} – {time_text(row.lesson.ends_at, zone)}"
    parts = (
        row.school_class.code, row.lesson.title or row.school_class.name, times, row.group or "", row.room or "",
        state_words(row.lesson.state),
    )  # fmt: skip
    return " · ".join(part for part in parts if part)
