"""Where each student stands in each class: over the lessons held, over all planned, and at best by the end.

Only active students on the roster, and only lessons that ended after they joined it; a lesson of a group is a lesson
of its members.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from core import clock
from core.settings import Settings
from core.store import tallies, timetable
from core.store.sessions import CANCELLED
from core.store.tallies import Membership, MemberTally, Scope, Tally
from core.timetable import lessons_between

_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Standing:
    """A student in a class.

    unmarked: lessons the student has no mark in, held or not; ahead: those of them that are not over yet.
    """

    student_id: int
    class_id: int
    tally: Tally
    unmarked: int
    ahead: int

    @property
    def held(self) -> float | None:
        """Per cent over the lessons held."""
        return self.tally.percent

    @property
    def planned(self) -> float | None:
        """Per cent over all lessons planned, as if every lesson without a mark were missed; excused ones left out."""
        return _percent(self.tally.points, self.tally.counted + self.unmarked)

    @property
    def best(self) -> float | None:
        """Per cent if every lesson to come is attended."""
        return _percent(self.tally.points + self.ahead, self.tally.counted + self.ahead)

    def is_lost(self, minimum: float) -> bool:
        """Whether the minimum (0-100) cannot be reached any more."""
        return self.best is not None and self.best < minimum


def _percent(points: float, lessons: int) -> float | None:
    return 100 * points / lessons if lessons else None


@dataclass(frozen=True, slots=True)
class Span:
    """The days a report is about, both included.  open_end: lessons go on after it, but nobody said until when."""

    first: date
    last: date
    open_end: bool = False

    @property
    def note(self) -> str | None:
        """What to say about lessons that nobody can count."""
        if not self.open_end:
            return None
        return f"The timetable has no last day, so lessons after {self.last} are not counted: give --to to count them."


def span_of(
    db: Session,
    settings: Settings,
    first: date | None,
    last: date | None,
    class_ids: Collection[int] | None,
    *,
    to_come: bool = True,
) -> Span:
    """From the first lesson, held or planned, to the last one planned, where not asked otherwise.

    to_come: False ends today, or with the last session, for reports that look back only.
    """
    today = clock.today(clock.school_zone(settings))
    entries = timetable.list_schedules(db, class_ids)
    held = tallies.first_and_last_day(db, class_ids)
    begins = [one.first_day for one in entries] + ([held[0]] if held else [])
    ends = [one.last_day for one in entries if to_come and one.last_day is not None] + ([held[1]] if held else [])
    begin = first or min([*begins, today])
    end = last or max([*ends, today, begin])
    return Span(begin, max(begin, end), to_come and last is None and any(one.last_day is None for one in entries))


def standings(
    db: Session,
    settings: Settings,
    span: Span,
    class_ids: Collection[int] | None = None,
    student_ids: Collection[int] | None = None,
) -> list[Standing]:
    """Every active student of the classes (None: of all), by class; ``student_ids`` picks some, inactive ones too."""
    now = clock.now()
    marked = tallies.by_member(db, Scope(span.first, span.last, class_ids, student_ids), now)
    ends = _ends(db, settings, span, class_ids)
    return [
        _standing(one, marked.get((one.student_id, one.class_id)), ends, now)
        for one in tallies.memberships(db, class_ids, student_ids)
    ]


def _ends(
    db: Session, settings: Settings, span: Span, class_ids: Collection[int] | None
) -> dict[tuple[int, int | None], list[datetime]]:
    """When the lessons of each class, or of a group of it, end; in order."""
    found: dict[tuple[int, int | None], list[datetime]] = defaultdict(list)
    for one in lessons_between(db, settings, span.first, span.last, class_ids):
        if one.state != CANCELLED:
            found[one.class_id, one.group_id].append(one.ends_at)
    for each in found.values():
        each.sort()
    return dict(found)


def _standing(
    member: Membership, marked: MemberTally | None, ends: dict[tuple[int, int | None], list[datetime]], now: datetime
) -> Standing:
    joined = member.joined_at or _BEGINNING
    lessons = ahead = 0
    for group in (None, *member.groups):
        of_group = ends.get((member.class_id, group), [])
        lessons += len(of_group) - bisect_right(of_group, joined)
        ahead += len(of_group) - bisect_right(of_group, max(joined, now))
    if marked is None:
        return Standing(member.student_id, member.class_id, Tally(), lessons, ahead)
    return Standing(
        member.student_id,
        member.class_id,
        marked.tally,
        # Somebody who changed the group has marks in lessons that are not theirs any more.
        max(0, lessons - marked.since_joined),
        max(0, ahead - marked.ahead),
    )
