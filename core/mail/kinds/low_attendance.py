"""A warning when a student falls below the minimum in a class.

One for each time the line is crossed, after enough counted lessons, and never two about one class within the weeks
that the settings name; only reviewed sessions count.
"""

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from core import clock
from core.mail.kinds.summaries import figure_words
from core.mail.letters import Found, Kind, Letter, Role, School, Scope, class_words, student_letter
from core.settings import Settings
from core.store import mail_facts, outbox
from core.store.outbox import Mail
from core.store.tallies import Scope as Lessons
from core.store.tallies import Tally, by_class
from core.store.text import natural_order


def _find(db: Session, settings: Settings, scope: Scope) -> Found:
    school = School.read(db)
    found = by_class(db, replace(scope.lessons, reviewed=True))
    below = {key: one for key, one in found.items() if _is_below(settings, one)}
    active = [key for key in below if school.students[key[0]].active]
    active.sort(key=lambda key: (natural_order(school.students[key[0]].roll), key[1]))
    since = mail_facts.crossings(
        db, scope.lessons, settings.minimum_percent, settings.mail_warn_after_sessions, {one for one, _ in active}
    )
    letters = [
        _letter(settings, school, role, key, since[key], below[key], scope.lessons.first)
        for key in active
        if key in since
        for role in scope.roles
    ]
    recent = _told_lately(db, settings)
    held = [one for one in letters if _told_of_another_crossing(one, recent)]
    notes = f"{len(held)} were warned less than {settings.mail_warn_weeks} weeks ago and are not warned again yet."
    left = tuple(one for one in letters if one not in held)
    return Found(left, len({one for one, _ in below} - {one for one, _ in active}), (notes,) if held else ())


def _is_below(settings: Settings, figures: Tally) -> bool:
    enough = figures.counted >= settings.mail_warn_after_sessions
    return enough and figures.percent is not None and figures.percent < settings.minimum_percent


def _told_lately(db: Session, settings: Settings) -> dict[tuple[str, str], set[str]]:
    """The events of the last weeks by what they are about (class and student) and the role of who was told."""
    found: dict[tuple[str, str], set[str]] = {}
    for key in outbox.told_since(db, "warning", clock.now() - timedelta(weeks=settings.mail_warn_weeks)):
        event, role, _ = key.rsplit(":", 2)
        found.setdefault((_about(event), role), set()).add(event)
    return found


def _about(event: str) -> str:
    return event.partition(":from:")[0]


def _told_of_another_crossing(letter: Letter, recent: dict[tuple[str, str], set[str]]) -> bool:
    lately = recent.get((_about(letter.event), letter.role), set())
    return bool(lately) and letter.event not in lately


def _letter(
    settings: Settings, school: School, role: Role, key: tuple[int, int], since: int, figures: Tally, first: date | None
) -> Letter:
    school_class = school.classes[key[1]]
    words = {
        **class_words(school_class),
        "teacher": school_class.teacher or "",
        "minimum": f"{settings.minimum_percent:g} %",
        "since": first.isoformat() if first else "",
        **figure_words(figures),
    }
    event = f"warning:class:{key[1]}:student:{key[0]}:from:{first or 'always'}:since:{since}"
    return student_letter(event, role, school.students[key[0]], words)


def _still(db: Session, settings: Settings, mail: Mail) -> bool:
    # warning:class:3:student:5:from:2026-09-01:since:77:parents:…
    _, _, class_id, _, _, _, first, *_ = mail.event_key.split(":")
    if mail.student_id is None:
        return False
    day = None if first == "always" else date.fromisoformat(first)
    lessons = Lessons(day, None, [int(class_id)], [mail.student_id], reviewed=True)
    return any(_is_below(settings, one) for one in by_class(db, lessons).values())


WARNING = Kind(
    name="warning",
    about="who fell below the minimum in a class",
    template="warning",
    units=("always",),
    roles=("parents", "student"),
    find=_find,
    still_true=_still,
)
