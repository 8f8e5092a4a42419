"""What a report asks, as fields of a form; nothing here knows Tk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from core.words import QUESTIONS
from gui.screens.register_parts.month import month_after
from gui.texts import _, moment_text, month_text, shortened

if TYPE_CHECKING:
    from core.actor import Actor
    from core.reports.parameters import Parameter
    from core.reports.registry import Report
    from gui.opening import Use

MONTHS_BACK, DAYS_BACK = 24, 60
LONGEST = 60
MOST_CHOICES = 300
"""Of more than that one is typed and not looked for in a list."""
_OF_SOMEBODY = ("class", "student", "session")


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to choose from, each as (key, words), and who asks."""

    reports: tuple[Report, ...]
    classes: tuple[tuple[str, str], ...]
    students: tuple[tuple[str, str], ...]
    teachers: tuple[tuple[str, str], ...]
    sessions: tuple[tuple[str, str], ...]
    today: date
    sees_all: bool


def load_known(use: Use) -> Known:
    """Called in a thread."""
    from core import clock
    from core.calendar.lessons import list_lessons
    from core.office.classes import list_classes
    from core.office.students import list_students
    from core.office.teachers import list_teachers
    from core.reports.registry import reports

    zone = clock.school_zone(use.settings)
    today = clock.today(zone)
    held = [one for one in list_lessons(use.store, use.settings, today - timedelta(days=DAYS_BACK), today).rows]
    sessions = [
        (str(one.lesson.session.id), f"{one.school_class.code}   {moment_text(one.lesson.starts_at, zone)}")
        for one in reversed(held)
        if one.lesson.session is not None
    ]
    classes = [one.school_class for one in list_classes(use.store)]
    students = [one.student for one in list_students(use.store)]
    return Known(
        tuple(one for one in reports().values() if is_open_to(one, use.actor)),
        tuple((one.code, shortened(f"{one.code}   {one.name}", LONGEST)) for one in classes),
        tuple((one.roll, shortened(f"{one.roll}   {one.name}", LONGEST)) for one in students),
        tuple((one.teacher.name, shortened(one.teacher.name, LONGEST)) for one in list_teachers(use.store)),
        tuple(sessions),
        today,
        sees_all(use.actor),
    )


def sees_all(actor: Actor) -> bool:
    """Whether who asks may see the whole school; others must name a class, a student or a lesson of theirs."""
    return actor.role == "admin" or actor.account_id is None


def is_open_to(report: Report, actor: Actor) -> bool:
    """Whether a report can be about something of who asks."""
    return sees_all(actor) or any(one.kind in _OF_SOMEBODY for one in report.takes)


def choices_of(parameter: Parameter, known: Known) -> list[tuple[str, str]] | None:
    """What can be chosen, with the way to leave it out first; None for what is typed."""
    given: Mapping[str, Sequence[tuple[str, str]]] = {
        "class": known.classes,
        "student": known.students,
        "teacher": known.teachers,
        "session": known.sessions,
        "month": months(known.today),
        "yes or no": (("yes", _("yes")), ("no", _("no"))),
    }
    found = given.get(parameter.kind)
    if found is None or len(found) > MOST_CHOICES:
        return None
    # A teacher's own class is named; the whole school would be refused.
    must = parameter.required or (parameter.kind == "class" and not known.sees_all)
    return [*([] if must else [("", _default_text(parameter))]), *found]


def months(today: date) -> tuple[tuple[str, str], ...]:
    """The month with a day and those before."""
    days = [month_after(today, -number) for number in range(MONTHS_BACK)]
    return tuple((f"{day:%Y-%m}", month_text(day)) for day in days)


def hint_of(parameter: Parameter) -> str:
    """What is to be typed, and what holds without it."""
    default = _("Empty: {default}.").format(default=_(parameter.default)) if parameter.default else ""
    return f"{_(parameter.help)} {default}".strip()


def label_of(parameter: Parameter) -> str:
    """The name of a question."""
    return _(QUESTIONS.get(parameter.name, parameter.name))


def given_of(values: Mapping[str, str], takes: Iterable[Parameter], known: Known) -> dict[str, str]:
    """The answers that were given, as a report takes them; a part of a name stands for the only student who has it."""
    kinds = {one.name: one.kind for one in takes}
    given = {name: text.strip() for name, text in values.items() if name in kinds and text.strip()}
    return {name: student_meant(text, known) if kinds[name] == "student" else text for name, text in given.items()}


def student_meant(text: str, known: Known) -> str:
    """The roll number of the student whose roll number or name is typed; the text itself where that is nobody alone."""
    if any(roll.casefold() == text.casefold() for roll, _words in known.students):
        return text
    found = [roll for roll, words in known.students if text.casefold() in words.casefold()]
    return found[0] if len(found) == 1 else text


def _default_text(parameter: Parameter) -> str:
    return f"({_(parameter.default)})" if parameter.default else _("(any)")
