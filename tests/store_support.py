"""What tests of the store share."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from core import clock
from core.actor import Actor
from core.paths import Home
from core.store import sessions
from core.store.sessions import SessionDraft, SessionRow
from core.vault import sources
from core.vault.vault import Vault, WrappedKey

TEACHER = Actor("Grace Hopper", "teacher")
ADMIN = Actor("The office", "admin")
NINE = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def begin_session(db: Session, class_id: int = 1, starts_at: datetime = NINE, **more: Any) -> SessionRow:
    """A session of 90 minutes in a school on UTC."""
    ends_at = starts_at + timedelta(minutes=90)
    return sessions.add_session(
        db, SessionDraft(**{"class_id": class_id, "starts_at": starts_at, "ends_at": ends_at, "zone": UTC, **more})
    )


def lesson_now(db: Session, class_id: int = 1) -> SessionRow:
    """A session of an hour that begins now, of the day that it is in the zone of this computer."""
    now = clock.now()
    return sessions.add_session(db, SessionDraft(class_id, now, now + timedelta(hours=1), zone=None))


def lone_vault(home: Home) -> Vault:
    """A vault without a database, its key in a file of ``home``."""
    keys: list[WrappedKey] = []
    vault = Vault(home, lambda: keys)
    keys.append(vault.wrap_new(1, sources.create("file", home)))
    return vault
