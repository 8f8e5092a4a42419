"""The lessons of today as a student sees them: those they are expected in and no others."""

from datetime import UTC, timedelta

import pytest

from core import clock
from core.actor import acting
from core.errors import AccessError
from core.settings import load_settings
from core.store import groups, sessions
from core.store.sessions import SessionDraft
from core.today import today_of
from tests.web_support import ACCOUNTS, ONE, THREE, Portal


def lesson(portal: Portal, title: str, *, group: int | None = None, foreign: bool = False, state: str = "open") -> None:
    """A lesson of a class today."""
    now, side = clock.now(), portal.school.foreign if foreign else portal.school.own
    draft = SessionDraft(
        side.class_id, now, now + timedelta(minutes=5), UTC, title=title, group_id=group, room_id=None, state=state
    )
    with portal.store.transaction() as db:
        sessions.add_session(db, draft)


def test_a_student_sees_the_lessons_of_today(portal: Portal) -> None:
    with portal.store.transaction() as db:
        lab = groups.add_group(db, portal.school.own.class_id, "Lab A")
        groups.add_member(db, lab, portal.student_id(THREE))
    lesson(portal, "Sorting")
    lesson(portal, "Of the lab", group=lab.id)
    lesson(portal, "Of others", foreign=True)
    lesson(portal, "Called off", state="cancelled")
    shown = portal.browser(ACCOUNTS[ONE]).get("/my/").words
    assert "OWN Sorting · now" in shown
    assert "OWN Called off · does not take place" in shown
    assert "Of the lab" not in shown
    assert "Of others" not in shown
    assert "Of the lab" in portal.browser(ACCOUNTS[THREE]).get("/my/").words


def test_nobody_asks_for_the_day_of_somebody_else(portal: Portal) -> None:
    student, settings = portal.actor("student"), load_settings(portal.home)
    with acting(student):
        assert today_of(portal.store, settings, portal.student_id(ONE)).lessons
        with pytest.raises(AccessError):
            today_of(portal.store, settings, portal.student_id(THREE))
