"""Lessons that are over and have no mark."""

from collections.abc import Collection
from datetime import date

from sqlalchemy.orm import Session

from core import clock
from core.settings import Settings
from core.store.sessions import CANCELLED
from core.timetable import Lesson, lessons_between


def untaken_lessons(
    db: Session, settings: Settings, first: date, last: date, class_ids: Collection[int] | None = None
) -> list[Lesson]:
    """Those on the days from ``first`` to ``last``, both included, oldest first."""
    now = clock.now()
    today = clock.local(now, clock.school_zone(settings)).date()
    return [
        one
        for one in lessons_between(db, settings, first, min(last, today), class_ids)
        if one.state != CANCELLED and one.ends_at <= now and (one.session is None or one.session.taken_at is None)
    ]
