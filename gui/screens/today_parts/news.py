"""What the cards of the page Today say of students; nothing here knows Tk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gui.screens.report_parts.questions import sees_all
from gui.texts import _, moment_text, percent_text, time_text

if TYPE_CHECKING:
    from datetime import tzinfo

    from core.presence import Event
    from core.store.onsite import OnSite
    from gui.opening import Use

MOST = 5


@dataclass(frozen=True, slots=True)
class Line:
    """A student and what is told of them.  can_open: whether who looks may see the student's card."""

    roll: str
    name: str
    about: str
    can_open: bool = True


@dataclass(frozen=True, slots=True)
class Below:
    """lines: the weakest first; students: how many there are; answers: what the report is to be asked.

    stamp: as long as it is the same, so is all of this.
    """

    stamp: tuple[int, float]
    lines: tuple[Line, ...]
    students: int
    answers: dict[str, str]


@dataclass(frozen=True, slots=True)
class House:
    """Everybody on site, with the classes whose students who looks may open; None: all."""

    people: tuple[OnSite, ...]
    own: frozenset[str] | None

    def can_open(self, one: OnSite) -> bool:
        return self.own is None or not self.own.isdisjoint(one.classes)


def load_below(use: Use, known: Below | None) -> Below:
    """Who is below the school's minimum; known: what it was, which is not worked out twice.  Called in a thread."""
    from core.weakest import below_minimum

    stamp = use.store.version(), use.settings.minimum_percent
    if known is not None and known.stamp == stamp:
        return known
    found = below_minimum(use.store, use.settings, MOST)
    lines = tuple(
        Line(one.roll, one.name, f"{one.class_code}  ·  {percent_text(one.percent)}") for one in found.weakest
    )
    answers = {"threshold": f"{use.settings.minimum_percent:g}"}
    if not sees_all(use.actor) and found.weakest:
        # A teacher's report is of one class: the one that needs a look most.
        answers["class"] = found.weakest[0].class_code
    return Below(stamp, lines, found.students, answers)


def load_arrivals(use: Use) -> list[Event]:
    """The last who came.  Called in a thread."""
    from core.presence import last_events

    return last_events(use.store, MOST, arrivals=True)


def load_house(use: Use) -> House:
    """Called in a thread."""
    from core.presence import on_site

    people = tuple(on_site(use.store, use.settings))
    own = _own_classes(use) if people else None
    return House(people, None if own is None else frozenset(own))


def arrival_line(one: Event, zone: tzinfo | None) -> Line:
    """When somebody came; with the day where that was not today."""
    from core import clock

    seen = one.passage
    text = time_text if seen.day == clock.today(zone) else moment_text
    return Line(seen.roll, seen.name, "  ·  ".join((*one.classes[:1], text(seen.first_at, zone))))


def house_line(one: OnSite, zone: tzinfo | None, *, can_open: bool) -> Line:
    """When somebody came, or that they may have left."""
    state = _("may have left") if one.may_have_left else time_text(one.arrived_at, zone)
    return Line(one.roll, one.name, "  ·  ".join((*one.classes[:1], state)), can_open)


def _own_classes(use: Use) -> list[str] | None:
    if sees_all(use.actor):
        return None
    from core.office.classes import list_classes

    return [one.school_class.code for one in list_classes(use.store)]
