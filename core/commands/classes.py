"""``app.py class``: add, list, change and delete classes; who is in them."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy.orm import Session

from core.changing import delete_class, move_student
from core.commands.choices import ClassCode, Json
from core.commands.console import out, write_json
from core.commands.context import of
from core.errors import InputError
from core.records import SchoolClass
from core.store import people, rooms, samples

app = typer.Typer(help="Classes and their rosters.", no_args_is_help=True)
Teachers = Annotated[list[str] | None, typer.Option(help="Who teaches it; may be repeated, the first stands first.")]
RoomName = Annotated[str | None, typer.Option(help="Name of its room; “” for none.")]
Rolls = Annotated[list[str], typer.Argument(help="Roll numbers.")]


@app.command()
def add(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help="Short code, e.g. CS101.")],
    name: Annotated[str, typer.Argument(help="Full name, e.g. “Programming 1”.")],
    teacher: Teachers = None,
    room: RoomName = None,
    json: Json = None,
) -> None:
    """Add a class."""
    with of(context).writing("adding a class") as store, store.transaction() as db:
        made = people.add_class(db, code, name, teachers=teacher or ())
        made = made if room is None else _into_room(db, made, room)
        data = _as_json(db, made)
    write_json(json, data)
    out.print(f"Added {made.code} {made.name}.", markup=False)


@app.command()
def edit(
    context: typer.Context,
    class_code: ClassCode,
    code: Annotated[str | None, typer.Option(help="The new code.")] = None,
    name: Annotated[str | None, typer.Option(help="The new name.")] = None,
    teacher: Teachers = None,
    room: RoomName = None,
    json: Json = None,
) -> None:
    """Change a class; --teacher takes the place of all teachers there were."""
    with of(context).writing("changing a class") as store, store.transaction() as db:
        found = people.get_class(db, class_code)
        after = people.edit_class(db, found.id, code=code, name=name, teachers=teacher)
        after = after if room is None else _into_room(db, after, room)
        data = _as_json(db, after)
    write_json(json, data)
    out.print(f"{after.code} {after.name}; teachers: {after.teacher or 'none'}.", markup=False)


def _into_room(db: Session, school_class: SchoolClass, name: str) -> SchoolClass:
    return people.set_room(db, school_class.id, rooms.get_room(db, name).id if name.strip() else None)


@app.command()
def delete(context: typer.Context, class_code: ClassCode, json: Json = None) -> None:
    """Delete a class that was never taught; its students stay."""
    with of(context).writing("deleting a class") as store:
        gone = delete_class(store, class_code)
    write_json(json, {"class": gone.code, "name": gone.name})
    out.print(f"Deleted {gone.code} {gone.name}.", markup=False)


@app.command("list")
def list_(context: typer.Context, json: Json = None) -> None:
    """List all classes."""
    with of(context).reading() as store, store.read() as db:
        rows = [(one, len(people.roster(db, one.id))) for one in people.list_classes(db)]
        data = [_as_json(db, one) | {"students": count} for one, count in rows]
    write_json(json, data)
    if not rows:
        out.print("There are no classes yet. Add one: app.py class add CS101 “Programming 1”", markup=False)
        return
    table = Table("Code", "Name", "Teacher", "Students")
    for one, count in rows:
        table.add_row(*(escape(text) for text in (one.code, one.name, one.teacher or "", str(count))))
    out.print(table)


@app.command()
def roster(
    context: typer.Context, code: Annotated[str, typer.Argument(help="The class's code.")], json: Json = None
) -> None:
    """Show who is in a class and how many face samples each has."""
    with of(context).reading() as store, store.read() as db:
        school_class = people.get_class(db, code)
        students = people.roster(db, school_class.id)
        counts = samples.count_by_student(db, [one.id for one in students])
    rows = [
        {"roll": one.roll, "name": one.name, "samples": counts[one.id], "consent": one.consent, "active": one.active}
        for one in students
    ]
    write_json(json, {"class": school_class.code, "students": rows})
    if not students:
        out.print(
            f"{school_class.code} has no students yet. Enrol some: app.py enrol {school_class.code} FOLDER",
            markup=False,
        )
        return
    table = Table("Roll", "Name", "Samples", "Consent", "Active")
    for one in students:
        texts = (one.roll, one.name, str(counts[one.id]), one.consent or "none", "yes" if one.active else "no")
        table.add_row(*(escape(text) for text in texts))
    out.print(table)


@app.command()
def join(context: typer.Context, class_code: ClassCode, rolls: Rolls, json: Json = None) -> None:
    """Put students who are known already into a class."""
    with of(context).writing("changing a class") as store, store.transaction() as db:
        school_class = people.get_class(db, class_code)
        students = [people.get_student(db, roll) for roll in rolls]
        for one in students:
            people.add_to_roster(db, school_class.id, one.id)
    write_json(json, {"class": school_class.code, "joined": [one.roll for one in students]})
    out.print(f"In {school_class.code}: {', '.join(f'{one.roll} {one.name}' for one in students)}.", markup=False)


@app.command()
def remove(context: typer.Context, class_code: ClassCode, rolls: Rolls, json: Json = None) -> None:
    """Take students off a class's roster; their marks stay."""
    with of(context).writing("changing a class") as store, store.transaction() as db:
        school_class = people.get_class(db, class_code)
        students = [people.get_student(db, roll) for roll in rolls]
        for one in students:
            if not people.remove_from_roster(db, school_class.id, one.id):
                raise InputError(f"{one.roll} {one.name} is not on the roster of {school_class.code}.")
    write_json(json, {"class": school_class.code, "removed": [one.roll for one in students]})
    names = ", ".join(f"{one.roll} {one.name}" for one in students)
    out.print(f"No longer in {school_class.code}: {names}. Marks stay.", markup=False)


@app.command()
def move(
    context: typer.Context,
    roll: Annotated[str, typer.Argument(help="Roll number.")],
    old: Annotated[str, typer.Argument(metavar="FROM", help="Code of the class they leave.")],
    new: Annotated[str, typer.Argument(metavar="TO", help="Code of the class they come into.")],
    json: Json = None,
) -> None:
    """Move a student from one class to another; marks stay where they were made."""
    with of(context).writing("moving a student") as store:
        student, left, joined = move_student(store, roll, old, new)
    write_json(json, {"roll": student.roll, "from": left.code, "to": joined.code})
    out.print(f"{student.roll} {student.name} moved from {left.code} to {joined.code}.", markup=False)


def _as_json(db: Session, school_class: SchoolClass) -> dict[str, Any]:
    room = None if school_class.room_id is None else rooms.get_room_by_id(db, school_class.room_id).name
    return {
        "class": school_class.code,
        "name": school_class.name,
        "teachers": list(school_class.teachers),
        "room": room,
    }
