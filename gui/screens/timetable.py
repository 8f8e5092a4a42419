"""Timetable: the week, the lessons that repeat, days without lessons, planned absences."""

from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import ttkbootstrap as ttk

from core import clock
from core.store.sessions import CANCELLED
from gui.dialogs import ask
from gui.screen import BaseScreen
from gui.screens.timetable_parts import work
from gui.screens.timetable_parts.checks import days_words, monday_of, repeats_words
from gui.screens.timetable_parts.forms import EntryDialog, absence_dialog, end_dialog, holiday_dialog, move_dialog
from gui.screens.timetable_parts.week import Week, lesson_words
from gui.texts import N_, _, clock_text, day_text, end, start
from gui.theme import pixels
from gui.widgets.flow import Flow
from gui.widgets.small import EmptyState
from gui.widgets.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.calendar.absences import Absence
    from core.calendar.entries import Entry
    from core.calendar.holidays import Holiday
    from core.calendar.lessons import LessonRow
    from gui.application import Application
    from gui.opening import Use

T = TypeVar("T")


class Screen(BaseScreen):
    """about: the code of a class."""

    name = "timetable"
    title = N_("Timetable")
    action = "timetable.show"
    order = 45
    icon = "calendar-week"

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self._zone = clock.school_zone(app.settings)
        self.monday = monday_of(clock.today(self._zone))
        self.code: str | None = None
        self.loaded: work.Loaded | None = None
        self._make_heading()
        self.tabs = ttk.Notebook(self)
        self.tabs.pack(fill="both", expand=True)
        self._make_week()
        self._make_tables()

    def show(self, about: object = None) -> None:
        if isinstance(about, str):
            self.code = about
        self.reload()

    def reload(self) -> None:
        """Read everything anew."""
        self.call(partial(work.load, monday=self.monday, code=self.code), self._fill)

    def _make_heading(self) -> None:
        line = self.heading(_("Timetable"))
        self.choice = ttk.Combobox(line, state="readonly", width=24)
        self.choice.pack(side=start(), padx=pixels(self, 16))
        self.choice.bind("<<ComboboxSelected>>", lambda _event: self._class_chosen())
        if self.may("timetable.change"):
            self.new = ttk.Button(line, text=_("New lesson"), icon="plus-lg", bootstyle="primary", command=self.add)
            self.new.pack(side=end())

    def _make_week(self) -> None:
        place = ttk.Frame(self.tabs, padding=pixels(self, 12))
        line = Flow(place)
        line.pack(fill="x", pady=(0, pixels(self, 8)))
        for text, step in ((_("Week before"), -7), (_("This week"), 0), (_("Week after"), 7)):
            line.add(ttk.Button(line, text=text, bootstyle="neutral", command=partial(self._go, step)), 6)
        self.said = ttk.Label(line, style="Title.TLabel")
        line.add(self.said, 18)
        self.week = Week(place, self._open_lesson)
        self.week.pack(fill="both", expand=True)
        self.tabs.add(place, text=_("Week"))
        for key, step in (("<Alt-Left>", -7), ("<Alt-Right>", 7), ("<Alt-Home>", 0)):
            self.tabs.bind_all(key, partial(self._by_key, step), add="+")

    def _by_key(self, step: int, _event: object) -> None:
        if self.winfo_ismapped() and not self.app.dialogs:
            self._go(step)

    def _make_tables(self) -> None:
        change = self.may("timetable.change")
        buttons = [(_("Change"), self.change), (_("End"), self.end), (_("Delete"), self.delete)] if change else []
        self.entries: Table[Entry] = self._add_table(_("Repeating lessons"), [
            Column(_("Class"), lambda one: one.class_code, 90),
            Column(_("Subject"), lambda one: one.schedule.title or "", 120, stretch=True),
            Column(_("Days"), repeats_words, 170, lambda one: one.schedule.weekdays, stretch=True),
            Column(_("Begins"), lambda one: clock_text(one.schedule.starts), 80, lambda one: one.schedule.starts),
            Column(_("Minutes"), lambda one: str(one.schedule.minutes), 70, lambda one: one.schedule.minutes, "end"),
            Column(_("Group"), lambda one: one.group or "", 80),
            Column(_("Room"), lambda one: one.room or "", 80),
            Column(_("When"), lambda one: days_words(one.schedule.first_day, one.schedule.last_day), 230,
                   lambda one: one.schedule.first_day, stretch=True),
        ], lambda one: str(one.schedule.id), buttons)  # fmt: skip
        if change:
            self.entries.tree.bind("<Return>", lambda _event: self.change())
            self.entries.tree.bind("<Delete>", lambda _event: self.delete())
        more = [(_("Add days"), self.add_holiday), (_("Delete"), self.delete_holiday)]
        self.holidays: Table[Holiday] = self._add_table(_("Days without lessons"), [
            Column(_("Days"), lambda one: days_words(one.closure.first_day, one.closure.last_day), 280,
                   lambda one: one.closure.first_day),
            Column(_("Why"), lambda one: one.closure.reason, 300, stretch=True),
            Column(_("For"), lambda one: one.class_code or _("the whole school"), 180),
        ], lambda one: str(one.closure.id), more if self.may("holidays.change") else [])  # fmt: skip
        more = [(_("Add absence"), self.add_absence), (_("Delete"), self.delete_absence)]
        self.absences: Table[Absence] = self._add_table(_("Planned absences"), [
            Column(_("Roll number"), lambda one: one.student.roll, 110),
            Column(_("Name"), lambda one: one.student.name, 200, stretch=True),
            Column(_("Days"), lambda one: days_words(one.planned.first_day, one.planned.last_day), 260,
                   lambda one: one.planned.first_day),
            Column(_("Why"), lambda one: one.planned.reason, 220, stretch=True),
            Column(_("From"), lambda one: one.class_code or _("every class"), 120),
            Column(_("Written by"), lambda one: one.planned.recorded_by, 140),
        ], lambda one: str(one.planned.id), more if self.may("absences.plan") else [])  # fmt: skip
        for table, icon, words in (
            (self.entries, "calendar-week", _("No lesson repeats yet")),
            (self.holidays, "sun", _("No days without lessons")),
            (self.absences, "person-dash", _("Nobody is excused beforehand")),
        ):
            table.show_when_empty(EmptyState(table.tree, icon, words))

    def _add_table(
        self,
        title: str,
        columns: "Sequence[Column[T]]",
        key: "Callable[[T], str]",
        buttons: "Sequence[tuple[str, Callable[[], None]]]",
    ) -> "Table[T]":
        place = ttk.Frame(self.tabs, padding=pixels(self, 12))
        line = ttk.Frame(place)
        line.pack(fill="x", side="bottom", pady=(pixels(self, 10), 0))
        about_one: list[ttk.Button] = []

        def selected(row: "T | None") -> None:
            for button in about_one:
                button.configure(state="disabled" if row is None else "normal")

        for words, command in buttons:
            is_adding = command in (self.add_holiday, self.add_absence)
            style = "danger-outline" if words == _("Delete") else "neutral"
            button = ttk.Button(line, text=words, bootstyle=style, command=command)
            button.pack(side=start(), padx=(0, pixels(self, 8)))
            about_one += [] if is_adding else [button]
        table = Table(place, columns, key, on_select=selected)
        selected(None)
        table.pack(fill="both", expand=True)
        self.tabs.add(place, text=title)
        return table

    def _fill(self, found: work.Loaded) -> None:
        self.loaded = found
        codes = [code for code, _name in found.classes]
        self.choice.configure(values=[_("All classes"), *(words for _code, words in found.class_choices)])
        self.choice.current(codes.index(self.code) + 1 if self.code in codes else 0)
        closed: dict[date, str] = {}
        for one in found.holidays:
            if one.class_code in (None, self.code):
                for number in range(7):
                    day = self.monday + timedelta(days=number)
                    if one.closure.first_day <= day <= one.closure.last_day:
                        closed[day] = one.closure.reason
        last = self.monday + timedelta(days=6)
        self.said.configure(text=f"{day_text(self.monday, 'medium')} – {day_text(last, 'medium')}")
        self.week.show(self.monday, found.lessons, closed, self._zone, clock.today(self._zone))
        self.entries.set_rows(found.entries)
        self.holidays.set_rows(found.holidays)
        self.absences.set_rows(found.absences)

    def _class_chosen(self) -> None:
        number = self.choice.current()
        self.code = None if number == 0 or self.loaded is None else self.loaded.classes[number - 1][0]
        self.reload()

    def _go(self, step: int) -> None:
        self.monday = self.monday + timedelta(days=step) if step else monday_of(clock.today(self._zone))
        self.reload()

    def _open_lesson(self, row: "LessonRow") -> None:
        entries = [] if self.loaded is None else self.loaded.entries
        entry = next((one for one in entries if one.schedule.id == row.lesson.schedule_id), None)
        acts: dict[str, tuple[str, Callable[[], object]]] = {}
        is_cancelled = row.lesson.state == CANCELLED
        if not is_cancelled:
            acts["mark"] = _("Mark attendance"), lambda: self.app.open("mark", row.lesson)
        if self.may("sessions.plan"):
            acts |= self._acts_of_one(row, is_cancelled=is_cancelled)
        if entry is not None and self.may("timetable.change"):
            acts["change"] = _("Change the repeating lesson"), lambda: self._change(entry)
            acts["end"] = _("End the repeating lesson"), lambda: self._end(entry)
            acts["delete"] = _("Delete the repeating lesson"), lambda: self._delete(entry)

        def act(chosen: str) -> None:
            acts[chosen][1]()

        if acts:
            choices = [(name, words) for name, (words, _act) in acts.items()]
            title = day_text(row.lesson.day)
            ask.choice(self.app, lesson_words(row, self._zone), choices, act, title=title)

    def _acts_of_one(self, row: "LessonRow", *, is_cancelled: bool) -> "dict[str, tuple[str, Callable[[], object]]]":
        """What can be done with this lesson alone, without the others of its kind."""
        session = row.lesson.session
        if is_cancelled and session is not None:
            held = partial(work.hold_lesson, number=session.id)
            return {"hold": (_("It takes place after all"), lambda: self._save(held))}
        if row.marks:
            return {}
        words = f"{day_text(row.lesson.day, 'medium')}, {lesson_words(row, self._zone)}"
        return {
            "move": (_("Move this lesson"), lambda: move_dialog(self.app, row, words, self._saved)),
            "cancel": (_("This lesson does not take place"), lambda: self._cancel(row, words)),
        }

    def _cancel(self, row: "LessonRow", words: str) -> None:
        gone = partial(work.cancel_lesson, lesson=row.lesson, code=row.school_class.code)
        # Not “Cancel the lesson” beside “Cancel”.
        sentence = _("This lesson does not take place: {what}?").format(what=words)
        ask.yes_no(self.app, sentence, lambda: self._save(gone), yes=_("Call it off"), danger=True)

    def _selected(self) -> "Entry | None":
        return next(iter(self.entries.selected()), None)

    def change(self) -> None:
        """Change the selected lesson."""
        if (entry := self._selected()) is not None:
            self._change(entry)

    def end(self) -> None:
        """End the selected lesson."""
        if (entry := self._selected()) is not None:
            self._end(entry)

    def delete(self) -> None:
        """Delete the selected lesson."""
        if (entry := self._selected()) is not None:
            self._delete(entry)

    def add(self) -> None:
        """Ask for a new lesson."""
        if self.loaded is None:
            return
        if not self.loaded.classes:
            ask.yes_no(
                self.app,
                _("There is no class yet. Add one first."),
                partial(self.app.open, "classes"),
                yes=_("Classes"),
            )
            return
        self._form(None)

    def _change(self, entry: "Entry") -> None:
        self._form(entry)

    def _form(self, entry: "Entry | None") -> None:
        if self.loaded is not None:
            dialog = EntryDialog(self.app, self.loaded, self._saved, entry, self.code or self.loaded.classes[0][0])
            dialog.open(dialog.days[0])

    def _end(self, entry: "Entry") -> None:
        sentence = f"{entry.class_code}: {repeats_words(entry)} {clock_text(entry.schedule.starts)}"
        end_dialog(self.app, entry.schedule.id, sentence, self._saved)

    def _delete(self, entry: "Entry") -> None:
        sentence = _("Delete {what} from the timetable? Lessons that were held stay.").format(
            what=f"{entry.class_code} {repeats_words(entry)} {clock_text(entry.schedule.starts)}"
        )
        gone = partial(work.delete_lesson, number=entry.schedule.id)
        ask.yes_no(self.app, sentence, lambda: self._save(gone), yes=_("Delete"), danger=True)

    def add_holiday(self) -> None:
        """Ask for days without lessons."""
        holiday_dialog(self.app, [] if self.loaded is None else self.loaded.class_choices, self._saved)

    def delete_holiday(self) -> None:
        """Delete the selected days."""
        for one in self.holidays.selected():
            sentence = _("Have lessons again: {what}?").format(what=one.closure.reason)
            gone = partial(work.delete_days, number=one.closure.id)
            ask.yes_no(self.app, sentence, partial(self._save, gone), yes=_("Delete"), danger=True)

    def add_absence(self) -> None:
        """Ask for a planned absence."""
        found = self.loaded
        if found is None:
            return

        def show(students: "list[tuple[str, str]]") -> None:
            absence_dialog(self.app, found, students, self._saved)

        self.call(work.students, show)

    def delete_absence(self) -> None:
        """Withdraw the selected absence."""
        for one in self.absences.selected():
            sentence = _("Withdraw the absence of {name}? Marks that it made stay.").format(name=one.student.name)
            gone = partial(work.withdraw, number=one.planned.id)
            ask.yes_no(self.app, sentence, partial(self._save, gone), yes=_("Delete"), danger=True)

    def _saved(self, _made: object) -> None:
        self.reload()

    def _save(self, change: "Callable[[Use], object]") -> None:
        self.call(change, self._saved, saves=True)
