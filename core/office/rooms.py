"""Rooms and their cameras: listed, added, changed and deleted.  No address leaves here with its password."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.access import guarded, own_classes
from core.records import SchoolClass
from core.rooms import shown
from core.store import people, rooms
from core.store.database import Store
from core.store.rooms import Room


@dataclass(frozen=True, slots=True)
class RoomCard:
    """A room.  camera: as it may be shown; classes: codes of those taught there that whoever asks may see."""

    id: int
    name: str
    camera: str | None
    classes: tuple[str, ...]


@guarded
def list_rooms(store: Store) -> tuple[RoomCard, ...]:
    """All rooms by name; a teacher sees of their classes only the own ones."""
    with store.read() as db:
        classes = people.list_classes(db, own_classes(db))
        return tuple(_card(one, classes) for one in rooms.list_rooms(db))


@guarded
def add_room(store: Store, name: str, camera: str | None = None) -> RoomCard:
    """Add a room.  Raises ConflictError when there is one of this name, InputError for what cannot be stored."""
    with store.transaction() as db:
        return _card(rooms.add_room(db, name, camera), ())


@guarded
def edit_room(store: Store, name: str, *, new_name: str | None = None, camera: str | None = None) -> RoomCard:
    """Change what is given of a room; "" removes the camera.  Raises as :func:`add_room`, NotFoundError."""
    with store.transaction() as db:
        after = rooms.edit_room(db, rooms.get_room(db, name).id, name=new_name, camera=camera)
        return _card(after, people.list_classes(db))


@guarded
def delete_room(store: Store, name: str) -> RoomCard:
    """Delete a room, which is given as it was; its classes have none then.  Raises NotFoundError."""
    with store.transaction() as db:
        gone = rooms.get_room(db, name)
        card = _card(gone, people.list_classes(db))
        rooms.delete_room(db, gone.id)
    return card


def _card(room: Room, classes: Sequence[SchoolClass]) -> RoomCard:
    used = tuple(one.code for one in classes if one.room_id == room.id)
    return RoomCard(room.id, room.name, shown(room.camera) or None, used)
