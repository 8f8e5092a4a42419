"""Today: the lessons of who is logged in, each with one big button, the registers not taken, and news of students."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from core import clock
from core.store.sessions import CANCELLED, CLOSED, LOCKED, OPEN
from core.today import LessonToday, Today, missed, today
from gui.screen import LOW, BaseScreen
from gui.screens.question_parts.inbox import count_open
from gui.screens.today_parts.cards import Cards
from gui.texts import N_, _, anchor, day_text, end, ngettext, number_text, shortened, start, time_text
from gui.theme import pixels
from gui.widgets.small import EmptyState, follow_width, keep_focus_in_sight

if TYPE_CHECKING:
    from gui.application import Application

MOST_LESSONS = 12
"""Of a school with more today, those that come next are shown first."""
AT_ONCE = 6
"""So many lessons are drawn before the window gets its turn."""
MOST_UNTAKEN = 8
LONGEST_TITLE = 80


class Screen(BaseScreen):
    """The home of the window.  What is quick to know comes first; nothing is drawn anew that did not change."""

    name = "today"
    title = N_("Today")
    action = "sessions.list"
    order = 10
    icon = "calendar-check"
    least = LOW

    def __init__(self, app: "Application", parent: ttk.Frame) -> None:
        super().__init__(app, parent)
        self.line = self.heading(_("Today"))
        self.day = ttk.Label(self.line, style="Muted.TLabel")
        self.day.pack(side=start(), padx=pixels(self, 14))
        self.content = ttk.ScrolledFrame(self)
        self.content.pack(fill="both", expand=True)
        self.lessons, self.asked, self.untaken = (ttk.Frame(self.content) for _place in range(3))
        self.cards = Cards(self, self.content)
        for part in (self.lessons, self.asked, self.untaken, self.cards):
            part.pack(fill="x")
        self.buttons: list[ttk.Button] = []
        self._found: Today | None = None
        self._missed: tuple[LessonToday, ...] = ()
        self._open_questions = 0
        self._drawing: str | None = None
        self._is_part = False

    def show(self, about: object = None) -> None:
        self.call(lambda use: today(use.store, use.settings), self._fill)

    def _fill(self, found: Today) -> None:
        if found != self._found:
            self._found = found
            self.day.configure(text=day_text(found.day))
            self._show_lessons(next_lessons(found.lessons))
        if self.buttons:
            self.buttons[0].focus_set()
        self.call(lambda use: missed(use.store, use.settings), self._fill_missed)

    def _fill_missed(self, found: tuple[LessonToday, ...]) -> None:
        if found != self._missed:
            self._missed = found
            self._show_missed(found)
        if self.may("queries.answer"):
            self.call(count_open, self._show_asked)
        self.cards.load()

    def _show_asked(self, count: int) -> None:
        """What students asked; nothing while there is nothing."""
        if count == self._open_questions:
            return
        self._open_questions = count
        _empty(self.asked)
        # A frame without children keeps its height.
        self.asked.configure(height=1)
        if count:
            words = ngettext("{} question of a student", "{} questions of students", count)
            button = ttk.Button(
                self.asked,
                text=words.format(number_text(count)),
                icon="chat-left-text",
                bootstyle="outline",
                command=partial(self.app.open, "questions"),
            )
            button.pack(anchor=anchor(), pady=(pixels(self, 4), 0))
            keep_focus_in_sight(self.content, self.asked)

    def _show_lessons(self, shown: Sequence[LessonToday]) -> None:
        _empty(self.lessons)
        self.buttons = []
        if self._drawing is not None:
            self.after_cancel(self._drawing)
            self._drawing = None
        if not shown:
            EmptyState(
                self.lessons,
                "calendar-x",
                _("No lessons today"),
                _("Lessons come from the timetable. A lesson outside it is opened on the page Mark Attendance."),
            ).pack(fill="x")
        self._is_part = self._found is not None and len(shown) < len(self._found.lessons)
        self._draw(list(shown), next_to_take(shown))

    def _draw(self, waiting: list[LessonToday], main: LessonToday | None) -> None:
        self._drawing = None
        for one in waiting[:AT_ONCE]:
            self._add_lesson(one, is_main=one is main)
        if waiting[AT_ONCE:]:
            self._drawing = self.after(1, self._draw, waiting[AT_ONCE:], main)
            return
        if self._is_part:
            self._offer_all()

    def _offer_all(self) -> None:
        lessons = () if self._found is None else self._found.lessons
        words = _("Show all {count} lessons of today").format(count=number_text(len(lessons)))
        button = ttk.Button(self.lessons, text=words, bootstyle="neutral", command=lambda: self._show_lessons(lessons))
        button.pack(anchor=anchor(), pady=(0, pixels(self, 10)))

    def _add_lesson(self, one: LessonToday, *, is_main: bool) -> None:
        card = ttk.Frame(self.lessons, style="Card.TFrame", padding=pixels(self, 16))
        card.pack(fill="x", pady=(0, pixels(self, 10)))
        self._add_button(card, one, is_main=is_main)
        words = ttk.Frame(card, style="Card.TFrame")
        words.pack(side=start(), fill="x", expand=True)
        title = shortened(f"{one.school_class.code}  {one.lesson.title or one.school_class.name}", LONGEST_TITLE)
        for text, style in ((title, "CardTitle.TLabel"), (self._details(one), "CardMuted.TLabel")):
            follow_width(ttk.Label(words, text=text, style=style, anchor=anchor(), justify=start())).pack(fill="x")

    def _add_button(self, card: ttk.Frame, one: LessonToday, *, is_main: bool) -> None:
        if one.lesson.state == CANCELLED:
            return
        taken = is_taken(one)
        button = ttk.Button(
            card,
            text=_("Open register") if taken else _("Mark Attendance"),
            icon="list-check" if taken else "camera-video",
            bootstyle="primary" if is_main else "outline" if taken else "primary outline",
            command=partial(self._mark, one),
        )
        button.pack(side=end(), ipadx=pixels(self, 10), ipady=pixels(self, 6))
        keep_focus_in_sight(self.content, card)
        # The keyboard begins where the next thing is to be done.
        self.buttons.insert(0 if is_main else len(self.buttons), button)

    def _details(self, one: LessonToday) -> str:
        zone = clock.school_zone(self.app.settings)
        times = f"{time_text(one.lesson.starts_at, zone)} – {time_text(one.lesson.ends_at, zone)}"
        return "  ·  ".join(part for part in (times, one.room or "", state_text(one)) if part)

    def _show_missed(self, found: Sequence[LessonToday]) -> None:
        _empty(self.untaken)
        if not found:
            # A frame without children keeps its height.
            self.untaken.configure(height=1)
            return
        count = len(found)
        title = ngettext("{} register was not taken", "{} registers were not taken", count)
        ttk.Label(self.untaken, text=title.format(number_text(count)), style="Title.TLabel").pack(
            anchor=anchor(), pady=(pixels(self, 14), pixels(self, 6))
        )
        # Who forgot one thinks of yesterday first.
        for one in reversed(found[-MOST_UNTAKEN:]):
            self._add_missed(one)
        if count > MOST_UNTAKEN and self.may("report.run"):
            show = partial(self.app.open, "reports", "untaken")
            ttk.Button(self.untaken, text=_("Show the report"), bootstyle="neutral", command=show).pack(
                anchor=anchor(), pady=(pixels(self, 6), 0)
            )

    def _add_missed(self, one: LessonToday) -> None:
        zone = clock.school_zone(self.app.settings)
        line = ttk.Frame(self.untaken)
        line.pack(fill="x", pady=pixels(self, 2))
        take = ttk.Button(line, text=_("Take it now"), bootstyle="link", command=partial(self._mark, one))
        take.pack(side=end())
        when = f"{day_text(one.lesson.day, 'medium')}, {time_text(one.lesson.starts_at, zone)}"
        ttk.Label(line, text=f"{when}   {one.school_class.code}").pack(side=start())
        keep_focus_in_sight(self.content, line)

    def _mark(self, one: LessonToday) -> None:
        self.app.open("mark", one.lesson)


def _empty(frame: ttk.Frame) -> None:
    for old in frame.winfo_children():
        old.destroy()


def is_taken(one: LessonToday) -> bool:
    """Whether somebody took the register."""
    return one.lesson.session is not None and one.lesson.session.taken_at is not None


def next_lessons(lessons: Sequence[LessonToday]) -> Sequence[LessonToday]:
    """All, or of many those from this moment on."""
    if len(lessons) <= MOST_LESSONS:
        return lessons
    now = clock.now()
    first = next((place for place, one in enumerate(lessons) if one.lesson.ends_at > now), len(lessons))
    first = min(first, len(lessons) - MOST_LESSONS)
    return lessons[first : first + MOST_LESSONS]


def next_to_take(lessons: Sequence[LessonToday]) -> LessonToday | None:
    """The lesson whose register is to be taken next: that goes on or comes, else one that is over."""
    now = clock.now()
    open_ones = [one for one in lessons if one.lesson.state != CANCELLED and not is_taken(one)]
    return next((one for one in open_ones if one.lesson.ends_at > now), next(iter(open_ones), None))


def state_text(one: LessonToday) -> str:
    """What a teacher wants to know of a lesson, in words."""
    states = {OPEN: _("open"), LOCKED: _("locked"), CLOSED: _("closed"), CANCELLED: _("cancelled")}
    if one.lesson.state in states:
        return states[one.lesson.state]
    return _("now") if one.is_now else ""
