"""The dialogs of the page Timetable; each stays open until core took it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core import clock
from gui.dialogs.ask import SaveDialog
from gui.screens.timetable_parts import work
from gui.screens.timetable_parts.checks import LONGEST_MINUTES, number_check, time_check
from gui.texts import _, day_names, start
from gui.theme import pixels
from gui.widgets.form import Form, not_empty

if TYPE_CHECKING:
    from core.calendar.entries import Entry
    from core.calendar.lessons import LessonRow
    from gui.application import Application
    from gui.opening import Use

Choices = Sequence[tuple[str, str]]
Saved = Callable[[object], None]


class WideDialog(SaveDialog[object]):
    """Forms side by side, so that it fits a low screen with large letters."""

    def add_forms(self, count: int) -> list[Form]:
        """To be called once what stands above them is there."""
        self.forms = [Form(self.body) for _each in range(count)]
        gap = pixels(self, 24)
        for number, form in enumerate(self.forms):
            inner = (gap if number else 0, 0)
            form.pack(side=start(), fill="both", expand=True, padx=inner)
        return self.forms

    def check(self) -> bool:
        # All of them, so that each sentence is said.
        return all([form.check() for form in self.forms])

    def answers(self) -> dict[str, str]:
        return {name: value for form in self.forms for name, value in form.values().items()}

    def fill(self, name: str, value: str) -> None:
        """Fill a field in, in whichever form it is."""
        next(form for form in self.forms if name in form.values()).set_value(name, value)


class EntryDialog(WideDialog):
    """A repeating lesson, new or changed."""

    def __init__(
        self, app: Application, found: work.Loaded, saved: Saved, entry: Entry | None = None, code: str | None = None
    ) -> None:
        """code: of the class that a new one is for at first."""
        super().__init__(app, _("Change the lesson") if entry else _("New lesson"), self._store, saved)
        self._entry, self._groups = entry, found.groups
        if entry is not None:
            self.add_sentence(
                _("{code}: before the chosen day everything stays as it was.").format(code=entry.class_code)
            )
        self._add_days(entry)
        self.what, self.when, self.span = self.add_forms(3)
        one = None if entry is None else entry.schedule
        if entry is None:
            self.what.add_choice("class", _("Class"), found.class_choices, value=code)
        self._add_group(entry)
        self.what.add_text("title", _("Subject (may stay empty)"), value=(one.title or "") if one else "")
        self._add_times(f"{one.starts:%H:%M}" if one else "09:00", one.minutes if one else app.settings.lesson_minutes)
        weeks = str(one.every_weeks) if one else "1"
        self.when.add_text("weeks", _("Every how many weeks"), value=weeks, check=number_check(1, 52))
        last = one.last_day.isoformat() if one and one.last_day else ""
        self._add_span(one.first_day.isoformat() if one else "", last)
        rooms = [("", "–"), *((room, room) for room in found.rooms)]
        self.span.add_choice("room", _("Room"), rooms, value=(entry.room or "") if entry else "")

    def check(self) -> bool:
        days = self._chosen_days()
        if days:
            self.problem.pack_forget()
        else:
            self.problem.pack(fill="x", after=self._line)
        return super().check() and bool(days)

    def answers(self) -> dict[str, str]:
        return {**super().answers(), "days": ",".join(map(str, self._chosen_days()))}

    def _store(self, use: Use, given: dict[str, str]) -> None:
        if self._entry is None:
            work.add_lesson(use, given)
        else:
            work.change_lesson(use, self._entry.schedule.id, given)

    def _chosen_days(self) -> tuple[int, ...]:
        return tuple(number for number, box in enumerate(self.days) if "selected" in box.state())

    def _add_times(self, begins: str, minutes: int) -> None:
        self.when.add_text("starts", _("Begins at"), value=begins, check=time_check)
        self.when.add_text("minutes", _("Minutes"), value=str(minutes), check=number_check(1, LONGEST_MINUTES))

    def _add_span(self, first: str, last: str) -> None:
        zone = clock.school_zone(self.app.settings)
        label = _("From this day on") if first else _("First day")
        self.span.add_day("first", label, zone, value=max(first, clock.today(zone).isoformat()))
        self.span.add_day("last", _("Last day (may stay empty)"), zone, value=last, optional=True)

    def _add_group(self, entry: Entry | None) -> None:
        """The groups of the class that is chosen."""
        code = entry.class_code if entry else self.what.values()["class"]
        if any(self._groups.values()) if entry is None else self._groups.get(code):
            value = (entry.group or "") if entry else ""
            self.what.add_choice("group", _("Group"), self._group_choices(code), value=value)
            if entry is None:
                self.what.on_change("class", self._class_chosen)

    def _class_chosen(self) -> None:
        self.what.set_choices("group", self._group_choices(self.what.values()["class"]))

    def _group_choices(self, code: str) -> list[tuple[str, str]]:
        return [("", _("the whole class")), *((name, name) for name in sorted(self._groups.get(code, [])))]

    def _add_days(self, entry: Entry | None) -> None:
        line = self._line = ttk.Frame(self.body)
        line.pack(fill="x", pady=(0, pixels(self, 4)))
        chosen = entry.schedule.weekdays if entry else ()
        self.days = []
        for number, name in enumerate(day_names()):
            box = ttk.Checkbutton(line, text=name)
            box.state(["!alternate", "selected" if number in chosen else "!selected"])
            box.pack(side=start(), padx=(0, pixels(self, 10)))
            self.days.append(box)
        words = _("Choose at least one day of the week.")
        self.problem = ttk.Label(self.body, text=words, style="Problem.TLabel")


def holiday_dialog(app: Application, classes: Choices, saved: Saved) -> SaveDialog[object]:
    """Days without lessons."""
    dialog = SaveDialog[object](app, _("Days without lessons"), work.add_days, saved)
    field = dialog.form.add_text("reason", _("Why"), check=not_empty)
    _add_days(dialog.form, app)
    dialog.form.add_choice("class", _("For"), [("", _("the whole school")), *classes])
    dialog.open(field)
    return dialog


def absence_dialog(app: Application, found: work.Loaded, students: Choices, saved: Saved) -> WideDialog:
    """A student who is excused beforehand."""
    sentence = _("Who is excused is not absent when nobody sees them.")
    dialog = WideDialog(app, _("Planned absence"), work.excuse, saved, sentence=sentence)
    left, right = dialog.add_forms(2)
    field = left.add_search("roll", _("Student: a part of the name"), students, must=True)
    left.add_text("reason", _("Why"), check=not_empty)
    left.add_choice("status", _("Marked as"), found.statuses)
    _add_days(right, app)
    right.add_choice("class", _("From"), [("", _("every class")), *found.class_choices])
    dialog.open(field)
    return dialog


def end_dialog(app: Application, number: int, sentence: str, saved: Saved) -> SaveDialog[object]:
    """The last day of a repeating lesson."""
    zone = clock.school_zone(app.settings)
    dialog = SaveDialog[object](
        app, _("End the lesson"), partial(work.end_lesson, number=number), saved, sentence=sentence, yes=_("End it")
    )
    dialog.open(dialog.form.add_day("day", _("Last day"), zone, value=clock.today(zone).isoformat()))
    return dialog


def move_dialog(app: Application, row: LessonRow, sentence: str, saved: Saved) -> SaveDialog[object]:
    """Another time for this one lesson."""
    zone = clock.school_zone(app.settings)
    dialog = SaveDialog[object](
        app, _("Move this lesson"), partial(work.move_lesson, lesson=row.lesson, code=row.school_class.code), saved,
        sentence=sentence, yes=_("Move"),
    )  # fmt: skip
    field = dialog.form.add_day("day", _("Day"), zone, value=row.lesson.day.isoformat())
    starts = clock.local(row.lesson.starts_at, zone)
    dialog.form.add_text("starts", _("Begins at"), value=f"{starts:%H:%M}", check=time_check)
    dialog.open(field)
    return dialog


def _add_days(form: Form, app: Application) -> None:
    zone = clock.school_zone(app.settings)
    form.add_day("first", _("First day"), zone, value=clock.today(zone).isoformat())
    form.add_day("last", _("Last day (empty: the same)"), zone, optional=True)
