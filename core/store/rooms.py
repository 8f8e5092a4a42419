"""Rooms and their cameras."""

import re
from dataclasses import dataclass, field

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.errors import ConflictError, InputError, NotFoundError
from core.store.tables import RoomTable
from core.store.text import clean_name, clean_text, key_of, natural_order

_LONGEST_CAMERA = 2000
_CAMERA = re.compile(r"[0-9]{1,2}|(?:rtsps?|https?)://[^\s/].*", re.IGNORECASE)
"""What has no such beginning could not be shown without its password."""


@dataclass(frozen=True, slots=True)
class Room:
    """Where lessons are.  camera: number or address; it may hold a password, so people get ``core.rooms.shown``."""

    id: int
    name: str
    camera: str | None = field(repr=False, default=None)


def add_room(db: Session, name: str, camera: str | None = None) -> Room:
    """Add a room.  Raises ConflictError when there is one of this name, InputError for an empty name."""
    name = clean_name(name, "room")
    _check_free(db, name, None)
    row = RoomTable(name=name, name_key=key_of(name), camera=_clean_camera(camera))
    db.add(row)
    db.flush()
    return _room(row)


def get_room(db: Session, name: str) -> Room:
    """The room of this name, upper or lower case.  Raises NotFoundError, which names those there are."""
    row = db.scalar(select(RoomTable).filter_by(name_key=key_of(clean_text(name))))
    if row is None:
        known = ", ".join(one.name for one in list_rooms(db)) or "none yet; add one: app.py rooms add NAME"
        raise NotFoundError(f"There is no room “{clean_text(name, 40)}”. The rooms: {clean_text(known, 200)}.")
    return _room(row)


def get_room_by_id(db: Session, room_id: int) -> Room:
    """The room with this id.  Raises NotFoundError."""
    return _room(_row(db, room_id))


def list_rooms(db: Session) -> list[Room]:
    """All rooms by name."""
    return sorted((_room(row) for row in db.scalars(select(RoomTable))), key=lambda one: natural_order(one.name))


def edit_room(db: Session, room_id: int, *, name: str | None = None, camera: str | None = None) -> Room:
    """Change what is given; "" removes the camera.  Raises as :func:`add_room`, NotFoundError."""
    row = _row(db, room_id)
    if name is not None:
        name = clean_name(name, "room")
        _check_free(db, name, room_id)
        row.name, row.name_key = name, key_of(name)
    if camera is not None:
        row.camera = _clean_camera(camera)
    db.flush()
    return _room(row)


def delete_room(db: Session, room_id: int) -> None:
    """Delete a room; classes, lessons and sessions in it have none then."""
    db.execute(delete(RoomTable).filter_by(id=room_id))


def _row(db: Session, room_id: int) -> RoomTable:
    row = db.get(RoomTable, room_id, populate_existing=True)
    if row is None:
        raise NotFoundError(f"There is no room number {room_id}. See all: app.py rooms list")
    return row


def _check_free(db: Session, name: str, room_id: int | None) -> None:
    other = db.scalar(select(RoomTable).filter_by(name_key=key_of(name)))
    if other is not None and other.id != room_id:
        raise ConflictError(f"There is a room “{other.name}” already. Choose another name.")


def _clean_camera(camera: str | None) -> str | None:
    """A password may hold any visible letter, so nothing is changed but the blanks around."""
    text = (camera or "").strip()
    if text and not (_CAMERA.fullmatch(text) and text.isprintable() and len(text) <= _LONGEST_CAMERA):
        raise InputError("The camera is a number (0, 1 …) or an address like rtsp://camera.school/stream.")
    return text or None


def _room(row: RoomTable) -> Room:
    return Room(row.id, row.name, row.camera)
