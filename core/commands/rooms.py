"""``app.py rooms``: rooms and their cameras.  No address is shown with its password."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from core.commands.choices import Json
from core.commands.console import out, write_json
from core.commands.context import of
from core.office import rooms
from core.office.rooms import RoomCard

app = typer.Typer(help="Rooms and their cameras.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="ROOM", help="Name of the room.")]
Camera = Annotated[str | None, typer.Option(help="Number or address of its camera; “” removes it.")]


@app.command("list")
def list_(context: typer.Context, json: Json = None) -> None:
    """List all rooms."""
    with of(context).reading() as store:
        found = rooms.list_rooms(store)
    write_json(json, [_as_json(one) | {"classes": list(one.classes)} for one in found])
    if not found:
        out.print("There are no rooms yet. Add one: app.py rooms add “Lab 1” --camera 0", markup=False)
        return
    table = Table("Room", "Camera", "Classes")
    for one in found:
        table.add_row(escape(one.name), escape(one.camera or ""), escape(", ".join(one.classes)))
    out.print(table)


@app.command()
def add(context: typer.Context, name: Name, camera: Camera = None, json: Json = None) -> None:
    """Add a room."""
    with of(context).writing("adding a room") as store:
        made = rooms.add_room(store, name, camera)
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
    with of(context).writing("changing a room") as store:
        after = rooms.edit_room(store, name, new_name=new_name, camera=camera)
    _tell(after, json, "")


@app.command()
def delete(context: typer.Context, name: Name, json: Json = None) -> None:
    """Delete a room; its classes have none then."""
    with of(context).writing("deleting a room") as store:
        gone = rooms.delete_room(store, name)
    _tell(gone, json, "Deleted ")


def _tell(room: RoomCard, json: Json, what: str) -> None:
    write_json(json, _as_json(room))
    out.print(f"{what}{room.name}{f', {room.camera}' if room.camera else ''}.", markup=False)


def _as_json(room: RoomCard) -> dict[str, Any]:
    return {"room": room.name, "camera": room.camera}
