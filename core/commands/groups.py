"""``app.py groups``: parts of a class."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy.orm import Session

from core.commands.choices import ClassCode, Json
from core.commands.console import out, write_json
from core.commands.context import of
from core.errors import InputError
from core.records import SchoolClass
from core.store import groups, people
from core.store.groups import Group

app = typer.Typer(help="Groups of a class, like laboratory groups.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="GROUP", help="Name of the group.")]
Rolls = Annotated[list[str], typer.Argument(help="Roll numbers.")]


@app.command("list")
def list_(
    context: typer.Context,
    class_code: Annotated[str | None, typer.Argument(metavar="CLASS", help="Only this class.")] = None,
    json: Json = None,
) -> None:
    """List groups with their students."""
    with of(context).reading() as store, store.read() as db:
        only = None if class_code is None else people.get_class(db, class_code).id
        codes = {one.id: one.code for one in people.list_classes(db)}
        found = [(codes[one.class_id], one, groups.group_members(db, one.id)) for one in groups.list_groups(db, only)]
    write_json(
        json, [{"class": code, "group": one.name, "rolls": [who.roll for who in inside]} for code, one, inside in found]
    )
    if not found:
        out.print("There are no groups. Add one: app.py groups add CLASS GROUP", markup=False)
        return
    table = Table("Class", "Group", "Students")
    for code, one, inside in found:
        table.add_row(escape(code), escape(one.name), escape(", ".join(f"{who.roll} {who.name}" for who in inside)))
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
    with of(context).writing("adding a group") as store, store.transaction() as db:
        school_class = people.get_class(db, class_code)
        made = groups.add_group(db, school_class.id, name)
        for roll in rolls or ():
            groups.add_member(db, made, people.get_student(db, roll).id)
        data = _as_json(db, school_class, made)
    write_json(json, data)
    out.print(f"Added the group {made.name} to {school_class.code} with {len(data['rolls'])} students.", markup=False)


@app.command()
def join(context: typer.Context, class_code: ClassCode, name: Name, rolls: Rolls, json: Json = None) -> None:
    """Put students of the class into a group."""
    with of(context).writing("changing a group") as store, store.transaction() as db:
        school_class = people.get_class(db, class_code)
        group = groups.get_group(db, school_class.id, name)
        for roll in rolls:
            groups.add_member(db, group, people.get_student(db, roll).id)
        data = _as_json(db, school_class, group)
    write_json(json, data)
    out.print(f"{school_class.code} {group.name}: {', '.join(data['rolls'])}.", markup=False)


@app.command()
def leave(context: typer.Context, class_code: ClassCode, name: Name, rolls: Rolls, json: Json = None) -> None:
    """Take students out of a group; they stay in the class."""
    with of(context).writing("changing a group") as store, store.transaction() as db:
        school_class = people.get_class(db, class_code)
        group = groups.get_group(db, school_class.id, name)
        for roll in rolls:
            student = people.get_student(db, roll)
            if not groups.remove_member(db, group.id, student.id):
                raise InputError(f"{student.roll} {student.name} is not in the group “{group.name}”.")
        data = _as_json(db, school_class, group)
    write_json(json, data)
    out.print(f"{school_class.code} {group.name}: {', '.join(data['rolls']) or 'nobody'}.", markup=False)


@app.command()
def rename(
    context: typer.Context,
    class_code: ClassCode,
    name: Name,
    new: Annotated[str, typer.Argument(metavar="NEW", help="The new name.")],
    json: Json = None,
) -> None:
    """Give a group another name."""
    with of(context).writing("changing a group") as store, store.transaction() as db:
        school_class = people.get_class(db, class_code)
        after = groups.rename_group(db, groups.get_group(db, school_class.id, name).id, new)
        data = _as_json(db, school_class, after)
    write_json(json, data)
    out.print(f"The group is called {after.name} now.", markup=False)


@app.command()
def remove(context: typer.Context, class_code: ClassCode, name: Name, json: Json = None) -> None:
    """Delete a group that has no sessions; its students stay in the class."""
    with of(context).writing("deleting a group") as store, store.transaction() as db:
        school_class = people.get_class(db, class_code)
        group = groups.get_group(db, school_class.id, name)
        data = _as_json(db, school_class, group)
        groups.delete_group(db, group.id)
    write_json(json, data)
    out.print(f"Deleted the group {group.name} of {school_class.code}.", markup=False)


def _as_json(db: Session, school_class: SchoolClass, group: Group) -> dict[str, Any]:
    rolls = [one.roll for one in groups.group_members(db, group.id)]
    return {"class": school_class.code, "group": group.name, "rolls": rolls}
