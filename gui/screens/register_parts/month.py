"""A month of a class's register as the window holds it, and the rules of editing it; nothing here knows Tk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo
from typing import TYPE_CHECKING

from core.words import SOURCES
from gui.texts import _, arrow, day_text, moment_text, ngettext, shortened, time_text, told

if TYPE_CHECKING:
    from core.office.classes import ClassCard
    from core.records import Student
    from core.registers import MarkDetails
    from core.store.marks import Change, MarkState
    from core.store.register_grid import RegisterGrid
    from core.store.sessions import SessionRow
    from core.store.statuses import Status
    from gui.opening import Use

Key = tuple[int, int]
"""Session id and student id."""
LONGEST_LATE = 24 * 60
LONGEST_CLASS = 40
AT_ONCE = "corrected at once"
"""Why a mark was changed that the same person had set in the same sitting; stands in the history."""


@dataclass(slots=True)
class Month:
    """What was loaded, and over it what was typed and is not saved yet.

    statuses: those to show, in the school's order.  refused: why a session cannot be changed by who looks, by its id.
    minimum: percent.
    """

    grid: RegisterGrid
    statuses: tuple[Status, ...]
    refused: Mapping[int, str]
    zone: tzinfo | None
    minimum: float
    typed: dict[Key, MarkState | None] = field(default_factory=dict)

    @property
    def students(self) -> Sequence[Student]:
        return self.grid.students

    @property
    def lessons(self) -> Sequence[SessionRow]:
        return self.grid.sessions

    def state(self, key: Key) -> MarkState | None:
        """What a mark is, or will be once it is saved."""
        return self.typed[key] if key in self.typed else self.grid.states.get(key)

    def counts_of_student(self, student_id: int) -> Counter[str]:
        """How often a student has each status, by code."""
        return self._counts((one.id, student_id) for one in self.lessons)

    def counts_of_lesson(self, session_id: int) -> Counter[str]:
        """How often each status stands in a lesson, by code."""
        return self._counts((session_id, one.id) for one in self.students)

    def percent(self, counts: Mapping[str, int]) -> float | None:
        """Attendance, 0 to 100; None while nothing counts."""
        from core.reports.status_cells import percent

        share = percent(counts, self.statuses)
        return None if share is None else 100 * share

    def in_room(self, counts: Mapping[str, int]) -> int:
        """How many of them were there."""
        return sum(counts[one.code] for one in self.statuses if one.in_room and one.code in counts)

    def _counts(self, keys: Iterable[Key]) -> Counter[str]:
        states = (self.state(key) for key in keys)
        return Counter(state.status for state in states if state is not None)


def load_month(use: Use, class_code: str, day: date) -> Month:
    """The month with ``day``; called in a thread."""
    from core import clock
    from core.correcting import check_may_mark
    from core.errors import ConflictError
    from core.reports.register_files import load_grid, month_period
    from core.reports.status_cells import shown_statuses
    from core.statuses import list_all

    grid = load_grid(use.store, class_code, month_period(day.year, day.month))
    known = {one.code: one for one in list_all(use.store)}
    statuses = shown_statuses(known, {one.status for one in grid.states.values()})
    refused = {}
    for one in grid.sessions:
        try:
            check_may_mark(use.settings, use.actor, one)
        except ConflictError as error:
            refused[one.id] = told(error)
    zone = clock.school_zone(use.settings)
    return Month(grid, tuple(statuses), refused, zone, use.settings.minimum_percent)


def month_after(day: date, months: int) -> date:
    """The first day of the month so many months later; earlier for a negative number."""
    place = day.year * 12 + day.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)


def status_of_key(typed: str, statuses: Sequence[Status], now: str | None) -> Status | None:
    """The status that a typed letter means; of several that begin with it the one after that of the code ``now``."""
    letter = typed.casefold()
    active = [one for one in statuses if one.active]
    exact = [one for one in active if one.letter.casefold() == letter]
    fitting = exact or [one for one in active if one.letter.casefold().startswith(letter)]
    return next_status(fitting, now) if fitting and letter.strip() else None


def next_status(statuses: Sequence[Status], now: str | None) -> Status | None:
    """The status after the one with the code ``now``, round and round; the first when there is none yet."""
    active = [one for one in statuses if one.active]
    codes = [one.code for one in active]
    return active[(codes.index(now) + 1) % len(active) if now in codes else 0] if active else None


def check_minutes(value: str) -> str | None:
    """What is wrong with minutes late; they may be left out."""
    text = value.strip()
    if not text or (text.isascii() and text.isdecimal() and int(text[:9]) <= LONGEST_LATE):
        return None
    return _("Write minutes, like 10, or leave it empty.")


def class_text(one: ClassCard) -> str:
    """Code and name, as much as a list holds."""
    text = f"{one.school_class.code}   {one.school_class.name}"
    return shortened(text, LONGEST_CLASS)


def lesson_text(month: Month, lesson: SessionRow) -> str:
    """Day, times, what it was, and whether it is open, in words."""
    times = f"{time_text(lesson.starts_at, month.zone)} – {time_text(lesson.ends_at, month.zone)}"
    parts = (day_text(lesson.day, "medium"), times, lesson.title, month.grid.group_name(lesson))
    return "  ·  ".join([*(part for part in parts if part), lesson_state_text(month, lesson)])


def lesson_state_text(month: Month, lesson: SessionRow) -> str:
    """Whether a lesson is open, in words."""
    if lesson.id in month.refused:
        return _("locked: too long ago")
    states = {"planned": _("planned"), "open": _("open"), "locked": _("locked"), "closed": _("closed")}
    return states.get(lesson.state, lesson.state)


def mark_text(month: Month, state: MarkState | None) -> str:
    """``Late, 7 min: overslept``."""
    if state is None:
        return _("no mark")
    name = next((_(one.name) for one in month.statuses if one.code == state.status), state.status)
    late = "" if state.minutes_late is None else _(", {} min").format(state.minutes_late)
    return f"{name}{late}" + (f": {state.reason}" if state.reason else "")


def source_text(source: str) -> str:
    """Where a mark comes from, in words."""
    return _(SOURCES.get(source, source))


def history_text(month: Month, found: MarkDetails) -> str:
    """Who set a mark, when, what it was before and why; of several changes the newest."""
    if found.changes:
        more = len(found.changes) - 1
        older = ngettext("   (and {} change before)", "   (and {} changes before)", more).format(more) if more else ""
        return _change_text(month, found.changes[0]) + older
    mark = found.mark
    if mark is None:
        return ""
    by = f"{mark.changed_by}, " if mark.changed_by else ""
    return f"{source_text(mark.state.source)}:  {by}{moment_text(mark.updated_at, month.zone)}"


def _change_text(month: Month, one: Change) -> str:
    why = _("  Reason: {why}").format(why=one.why) if one.why else ""
    was, now = mark_text(month, one.before), mark_text(month, one.after)
    return f"{one.by}, {moment_text(one.at, month.zone)}:  {was} {arrow()} {now}{why}"
