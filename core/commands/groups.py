"""``app.py groups``: parts of a class."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from core.commands.choices import ClassCode, Json
from core.commands.console import out, write_json
from core.commands.context import of
from core.office import groups
from core.office.groups import GroupCard

app = typer.Typer(help="Groups of a class, like laboratory groups.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="GROUP", help="Name of the group.")]
Rolls = Annotated[list[str], typer.Argument(help="Roll numbers.")]


@app.command("list")
def list_(
    context: typer.Context,
    class_code: Annotated[str | None, typer.Argument(metavar="CLASS", help="Only this class.")] = None,
    json: Json = None,
) -> None:
    """List groups with their students; a teacher's own ones."""
    with of(context).reading() as store:
        found = groups.list_groups(store) if class_code is None else groups.groups_of_class(store, class_code)
    write_json(json, [_as_json(one) for one in found])
    if not found:
        out.print("There are no groups. Add one: app.py groups add CLASS GROUP", markup=False)
        return
    table = Table("Class", "Group", "Students")
    for one in found:
        inside = ", ".join(f"{who.roll} {who.name}" for who in one.students)
        table.add_row(escape(one.school_class.code), escape(one.group.name), escape(inside))
    out.print(table)


@app.command()
def add(
    context: typer.Context,
    class_code: ClassCode,
    name: Name,
    rolls: Annotated[list[str] | None, typer.Argument(help="Roll numbers of those in it.")] = None,
    json: Json = None,
) -> None:
    """Add a group, with students if some are named."""
    with of(context).writing("adding a group") as store:
        made = groups.add_group(store, class_code, name, rolls or ())
    write_json(json, _as_json(made))
    code, count = made.school_class.code, len(made.students)
    out.print(f"Added the group {made.group.name} to {code} with {count} students.", markup=False)


@app.command()
def join(context: typer.Context, class_code: ClassCode, name: Name, rolls: Rolls, json: Json = None) -> None:
    """Put students of the class into a group."""
    with of(context).writing("changing a group") as store:
        after = groups.join_group(store, class_code, name, rolls)
    _tell(after, json)


@app.command()
def leave(context: typer.Context, class_code: ClassCode, name: Name, rolls: Rolls, json: Json = None) -> None:
    """Take students out of a group; they stay in the class."""
    with of(context).writing("changing a group") as store:
        after = groups.leave_group(store, class_code, name, rolls)
    _tell(after, json)


def _tell(after: GroupCard, json: Json) -> None:
    data = _as_json(after)
    write_json(json, data)
    out.print(f"{data['class']} {data['group']}: {', '.join(data['rolls']) or 'nobody'}.", markup=False)


@app.command()
def rename(
    context: typer.Context,
    class_code: ClassCode,
    name: Name,
    new: Annotated[str, typer.Argument(metavar="NEW", help="The new name.")],
    json: Json = None,
) -> None:
    """Give a group another name."""
    with of(context).writing("changing a group") as store:
        after = groups.rename_group(store, class_code, name, new)
    write_json(json, _as_json(after))
    out.print(f"The group is called {after.group.name} now.", markup=False)


@app.command()
def remove(context: typer.Context, class_code: ClassCode, name: Name, json: Json = None) -> None:
    """Delete a group that has no sessions; its students stay in the class."""
    with of(context).writing("deleting a group") as store:
        gone = groups.remove_group(store, class_code, name)
    write_json(json, _as_json(gone))
    out.print(f"Deleted the group {gone.group.name} of {gone.school_class.code}.", markup=False)


def _as_json(card: GroupCard) -> dict[str, Any]:
    rolls = [one.roll for one in card.students]
    return {"class": card.school_class.code, "group": card.group.name, "rolls": rolls}
