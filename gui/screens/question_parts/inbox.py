"""What students asked, questions about marks and days to be excused in one list; nothing here knows Tk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core import clock
from gui.texts import _, day_text, moment_text

if TYPE_CHECKING:
    from datetime import date, datetime, tzinfo

    from core.questions import Asked, Question
    from gui.opening import Use


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was asked.  is_absence: days to be excused, else a question about a mark; number: its own.

    about: the lesson with its mark, or the days; state: what was answered, empty while nobody did; place: class and day
    of the register it is about, None where there is none yet.
    """

    is_absence: bool
    number: int
    asked_at: datetime
    student: str
    roll: str
    about: str
    text: str
    state: str
    place: tuple[str, date] | None

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return f"{'a' if self.is_absence else 'q'}{self.number}"

    @property
    def is_open(self) -> bool:
        return not self.state


def load_items(use: Use, *, only_open: bool) -> list[Item]:
    """Those that who is logged in may see, the newest first.  Called in a thread."""
    from core.questions import list_absences_asked, list_questions
    from core.statuses import list_all

    zone = clock.school_zone(use.settings)
    names = {one.code: _(one.name) for one in list_all(use.store)}
    found = [_of_mark(one, names, zone) for one in list_questions(use.store, only_open=only_open)]
    found += [_of_absence(one) for one in list_absences_asked(use.store, only_open=only_open)]
    return sorted(found, key=lambda one: one.asked_at, reverse=True)


def count_open(use: Use) -> int:
    """How many wait for an answer.  Called in a thread."""
    return len(load_items(use, only_open=True))


def _of_mark(one: Question, names: dict[str, str], zone: tzinfo | None) -> Item:
    query, begins = one.query, one.session.starts_at
    status = names.get(one.status, _("No mark"))
    answer = (
        "" if query.answer is None else _("{who}: {answer}").format(who=query.answered_by or "", answer=query.answer)
    )
    return Item(
        False,
        query.id,
        query.asked_at,
        one.student.name,
        one.student.roll,
        f"{one.school_class.code}  ·  {moment_text(begins, zone)}  ·  {status}",
        query.question,
        answer,
        (one.school_class.code, clock.local(begins, zone).date()),
    )


def _of_absence(one: Asked) -> Item:
    asked = one.asked
    days = day_text(asked.first_day, "medium")
    if asked.last_day != asked.first_day:
        days = f"{days} – {day_text(asked.last_day, 'medium')}"
    state = ""
    if asked.accepted is not None:
        said = _("Excused") if asked.accepted else _("Not excused")
        state = ": ".join(filter(None, (asked.answered_by or "", ". ".join(filter(None, (said, asked.answer or ""))))))
    return Item(
        True,
        asked.id,
        asked.asked_at,
        one.student.name,
        one.student.roll,
        _("To be excused: {days}").format(days=days),
        asked.reason,
        state,
        None,
    )
