"""``app.py teachers``: who teaches."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from core.commands.choices import ClassCode, Json
from core.commands.console import out, write_json
from core.commands.context import of
from core.office import teachers
from core.store.teachers import Teacher

app = typer.Typer(help="Teachers and their classes.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of the teacher.")]
Email = Annotated[str | None, typer.Option(help="E-mail address; “” removes it.")]


@app.command("list")
def list_(context: typer.Context, json: Json = None) -> None:
    """List all teachers with their classes."""
    with of(context).reading() as store:
        found = teachers.list_teachers(store)
    write_json(json, [_as_json(one.teacher) | {"classes": list(one.classes)} for one in found])
    if not found:
        out.print("There are no teachers yet. Add one: app.py teachers add NAME --email ADDRESS", markup=False)
        return
    table = Table("Name", "E-mail", "Classes", "Active")
    for card in found:
        one = card.teacher
        texts = (one.name, one.email or "", ", ".join(card.classes), "yes" if one.active else "no")
        table.add_row(*(escape(text) for text in texts))
    out.print(table)


@app.command()
def add(context: typer.Context, name: Name, email: Email = None, json: Json = None) -> None:
    """Add a teacher."""
    with of(context).writing("adding a teacher") as store:
        made = teachers.add_teacher(store, name, email)
    write_json(json, _as_json(made))
    out.print(f"Added {made.name}.", markup=False)


@app.command()
def edit(
    context: typer.Context,
    name: Name,
    new_name: Annotated[str | None, typer.Option("--name", help="The new name.")] = None,
    email: Email = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="Whether they still teach.")] = None,
    json: Json = None,
) -> None:
    """Change a teacher."""
    with of(context).writing("changing a teacher") as store:
        after = teachers.edit_teacher(store, name, new_name=new_name, email=email, active=active)
    write_json(json, _as_json(after))
    state = "" if after.active else " (not active)"
    out.print(f"{after.name}{state}; e-mail: {after.email or 'none'}.", markup=False)


@app.command()
def remove(context: typer.Context, name: Name, class_code: ClassCode, json: Json = None) -> None:
    """Take a teacher off a class."""
    with of(context).writing("changing a class") as store:
        found, school_class = teachers.take_off(store, name, class_code)
    write_json(json, _as_json(found) | {"removed_from": school_class.code})
    out.print(f"{found.name} no longer teaches {school_class.code}.", markup=False)


def _as_json(teacher: Teacher) -> dict[str, Any]:
    return {"name": teacher.name, "email": teacher.email, "active": teacher.active}
