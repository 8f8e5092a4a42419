"""Rooms and their cameras."""

import re
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.errors import ConflictError, InputError, NotFoundError
from core.store import audit
from core.store.tables import RoomTable
from core.store.text import clean_name, clean_text, key_of, natural_order

_LONGEST_CAMERA = 2000
_CAMERA = re.compile(r"[0-9]{1,2}|camera:[0-9]{1,2}:\S.*|(?:rtsps?|https?)://[^\s/].*", re.IGNORECASE)
"""What has no such beginning could not be shown without its password."""


IN_ROOM = "room:"
"""How a source begins that is the camera of the room whose name follows."""


@dataclass(frozen=True, slots=True)
class Room:
    """Where lessons are.  camera: number, ``camera:NUMBER:NAME`` or address; an address may hold a password, so people
    get ``core.rooms.shown``.
    """

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
    audit.record(db, None, "rooms.add", subject=f"room:{row.id}", after=_seen(row))
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
    before, camera_before = _seen(row), row.camera
    if name is not None:
        name = clean_name(name, "room")
        _check_free(db, name, room_id)
        row.name, row.name_key = name, key_of(name)
    if camera is not None:
        row.camera = _clean_camera(camera)
    db.flush()
    after = _seen(row) | {"camera_changed": row.camera != camera_before}
    if after != before | {"camera_changed": False}:
        audit.record(db, None, "rooms.change", subject=f"room:{row.id}", before=before, after=after)
    return _room(row)


def delete_room(db: Session, room_id: int) -> None:
    """Delete a room; classes, lessons and sessions in it have none then.  Raises NotFoundError."""
    before = _seen(_row(db, room_id))
    db.execute(delete(RoomTable).filter_by(id=room_id))
    audit.record(db, None, "rooms.delete", subject=f"room:{room_id}", before=before)


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


def _seen(row: RoomTable) -> dict[str, Any]:
    """A room as the audit keeps it: an address may hold a password, so only whether there is a camera."""
    return {"name": row.name, "camera": row.camera is not None}


def _room(row: RoomTable) -> Room:
    return Room(row.id, row.name, row.camera)


def camera_of(db: Session, source: str) -> str:
    """What is opened for a source: for ``room:NAME`` the camera of that room, else the source itself.

    Raises NotFoundError for an unknown room, InputError for one without a camera.
    """
    if not source.startswith(IN_ROOM):
        return source
    room = get_room(db, source.removeprefix(IN_ROOM))
    if room.camera is None:
        raise InputError(f"The room {room.name} has no camera. Choose one first.")
    return room.camera
