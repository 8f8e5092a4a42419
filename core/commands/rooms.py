"""``app.py rooms``: rooms and their cameras.  No address is shown with its password."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from core.commands.choices import Json
from core.commands.console import out, write_json
from core.commands.context import of
from core.rooms import shown
from core.store import people, rooms
from core.store.rooms import Room

app = typer.Typer(help="Rooms and their cameras.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="ROOM", help="Name of the room.")]
Camera = Annotated[str | None, typer.Option(help="Number or address of its camera; “” removes it.")]


@app.command("list")
def list_(context: typer.Context, json: Json = None) -> None:
    """List all rooms."""
    with of(context).reading() as store, store.read() as db:
        found = rooms.list_rooms(db)
        classes = people.list_classes(db)
    used = {one.id: [each.code for each in classes if each.room_id == one.id] for one in found}
    write_json(json, [_as_json(one) | {"classes": used[one.id]} for one in found])
    if not found:
        out.print("There are no rooms yet. Add one: app.py rooms add “Lab 1” --camera 0", markup=False)
        return
    table = Table("Room", "Camera", "Classes")
    for one in found:
        table.add_row(escape(one.name), escape(shown(one.camera)), escape(", ".join(used[one.id])))
    out.print(table)


@app.command()
def add(context: typer.Context, name: Name, camera: Camera = None, json: Json = None) -> None:
    """Add a room."""
    with of(context).writing("adding a room") as store, store.transaction() as db:
        made = rooms.add_room(db, name, camera)
    _tell(made, json, "Added ")


@app.command()
def edit(
    context: typer.Context,
    name: Name,
    new_name: Annotated[str | None, typer.Option("--name", help="The new name.")] = None,
    camera: Camera = None,
    json: Json = None,
) -> None:
    """Change a room's name or camera."""
    with of(context).writing("changing a room") as store, store.transaction() as db:
        after = rooms.edit_room(db, rooms.get_room(db, name).id, name=new_name, camera=camera)
    _tell(after, json, "")


@app.command()
def delete(context: typer.Context, name: Name, json: Json = None) -> None:
    """Delete a room; its classes have none then."""
    with of(context).writing("deleting a room") as store, store.transaction() as db:
        gone = rooms.get_room(db, name)
        rooms.delete_room(db, gone.id)
    _tell(gone, json, "Deleted ")


def _tell(room: Room, json: Json, what: str) -> None:
    write_json(json, _as_json(room))
    out.print(f"{what}{room.name}{f', {shown(room.camera)}' if room.camera else ''}.", markup=False)


def _as_json(room: Room) -> dict[str, Any]:
    return {"room": room.name, "camera": shown(room.camera) or None}
