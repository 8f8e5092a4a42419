"""What tests of the store share."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core.actor import Actor
from core.store import sessions
from core.store.sessions import SessionDraft, SessionRow

TEACHER = Actor("Grace Hopper", "teacher")
ADMIN = Actor("The office", "admin")
NINE = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def begin_session(db: Session, class_id: int = 1, starts_at: datetime = NINE, **more: Any) -> SessionRow:
    """A session of 90 minutes in a school on UTC."""
    ends_at = starts_at + timedelta(minutes=90)
    return sessions.add_session(
        db, SessionDraft(**{"class_id": class_id, "starts_at": starts_at, "ends_at": ends_at, "zone": UTC, **more})
    )
