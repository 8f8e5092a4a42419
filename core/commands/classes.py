"""``app.py class``: add, list, change and delete classes; who is in them."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from core.commands.choices import ClassCode, Json
from core.commands.console import out, write_json
from core.commands.context import of
from core.errors import InputError
from core.office import classes
from core.office.classes import ClassCard
from core.seating import Order, SeatChange, SeatingPlan, change_seats, seating_plan
from core.seats import Place

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
    with of(context).writing("adding a class") as store:
        card = classes.add_class(store, code, name, teachers=teacher or (), room=room)
    write_json(json, _as_json(card))
    made = card.school_class
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
    with of(context).writing("changing a class") as store:
        card = classes.edit_class(store, class_code, new_code=code, name=name, teachers=teacher, room=room)
    write_json(json, _as_json(card))
    after = card.school_class
    out.print(f"{after.code} {after.name}; teachers: {after.teacher or 'none'}.", markup=False)


@app.command()
def delete(context: typer.Context, class_code: ClassCode, json: Json = None) -> None:
    """Delete a class that was never taught; its students stay."""
    with of(context).writing("deleting a class") as store:
        gone = classes.delete_class(store, class_code)
    write_json(json, {"class": gone.code, "name": gone.name})
    out.print(f"Deleted {gone.code} {gone.name}.", markup=False)


@app.command("list")
def list_(context: typer.Context, json: Json = None) -> None:
    """List all classes; a teacher's own ones."""
    with of(context).reading() as store:
        cards = classes.list_classes(store)
    write_json(json, [_as_json(one) | {"students": one.count.students} for one in cards])
    if not cards:
        out.print("There are no classes yet. Add one: app.py class add CS101 “Programming 1”", markup=False)
        return
    table = Table("Code", "Name", "Teacher", "Students")
    for card in cards:
        one = card.school_class
        table.add_row(*(escape(text) for text in (one.code, one.name, one.teacher or "", str(card.count.students))))
    out.print(table)


@app.command()
def roster(
    context: typer.Context, code: Annotated[str, typer.Argument(help="The class's code.")], json: Json = None
) -> None:
    """Show who is in a class and how many face samples each has."""
    with of(context).reading() as store:
        found = classes.roster(store, code)
    school_class = found.school_class
    everybody = [(line.student, line.samples) for line in found.lines]
    rows = [
        {"roll": one.roll, "name": one.name, "samples": count, "consent": one.consent, "active": one.active}
        for one, count in everybody
    ]
    write_json(json, {"class": school_class.code, "students": rows})
    if not rows:
        out.print(
            f"{school_class.code} has no students yet. Enrol some: app.py enrol {school_class.code} FOLDER",
            markup=False,
        )
        return
    table = Table("Roll", "Name", "Samples", "Consent", "Active")
    for one, count in everybody:
        texts = (one.roll, one.name, str(count), one.consent or "none", "yes" if one.active else "no")
        table.add_row(*(escape(text) for text in texts))
    out.print(table)


@app.command()
def join(context: typer.Context, class_code: ClassCode, rolls: Rolls, json: Json = None) -> None:
    """Put students who are known already into a class."""
    with of(context).writing("changing a class") as store:
        done = classes.join(store, class_code, rolls)
    write_json(json, {"class": done.school_class.code, "joined": [one.roll for one in done.students]})
    names = ", ".join(f"{one.roll} {one.name}" for one in done.students)
    out.print(f"In {done.school_class.code}: {names}.", markup=False)


@app.command()
def remove(context: typer.Context, class_code: ClassCode, rolls: Rolls, json: Json = None) -> None:
    """Take students off a class's roster; their marks stay."""
    with of(context).writing("changing a class") as store:
        done = classes.leave(store, class_code, rolls)
    write_json(json, {"class": done.school_class.code, "removed": [one.roll for one in done.students]})
    names = ", ".join(f"{one.roll} {one.name}" for one in done.students)
    out.print(f"No longer in {done.school_class.code}: {names}. Marks stay.", markup=False)


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
        student, left, joined = classes.move_student(store, roll, old, new)
    write_json(json, {"roll": student.roll, "from": left.code, "to": joined.code})
    out.print(f"{student.roll} {student.name} moved from {left.code} to {joined.code}.", markup=False)


@app.command()
def seating(context: typer.Context, class_code: ClassCode, json: Json = None) -> None:
    """Show who sits where in a class; the front is at the top."""
    with of(context).reading() as store:
        plan = seating_plan(store, class_code)
    _show_seats(plan, json)


@app.command()
def seat(
    context: typer.Context,
    class_code: ClassCode,
    places: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="ROLL=ROW,COLUMN", help="Seat a student, who swaps with whoever sits there."),
    ] = None,
    stand: Annotated[list[str] | None, typer.Option(metavar="ROLL", help="Who has no seat any more.")] = None,
    fill: Annotated[Order | None, typer.Option(help="Seat everybody anew, by roll number or name.")] = None,
    size: Annotated[str | None, typer.Option(metavar="ROWSxCOLUMNS", help="How many seats there are.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Nobody has a seat, before anything else.")] = False,
    json: Json = None,
) -> None:
    """Change who sits where in a class: rows count from the front, columns from the left as the class sees it."""
    sits = dict(_seat_of(one) for one in places or ())
    wanted = None if size is None else _two_numbers(size, "x", "The size is written like 5x6: five rows, six columns.")
    change = SeatChange(clear=clear, size=wanted, fill=fill, stand=tuple(stand or ()), sit=sits)
    with of(context).writing("changing a seating plan") as store:
        plan = change_seats(store, class_code, change)
    _show_seats(plan, json)


def _seat_of(text: str) -> tuple[str, Place]:
    roll, _, place = text.rpartition("=")
    return roll, Place(*_two_numbers(place, ",", "A seat is written like R001=2,3: row 2 from the front, column 3."))


def _two_numbers(text: str, between: str, sentence: str) -> tuple[int, int]:
    """Raises InputError with the sentence for anything but two short numbers."""
    one, _, other = (part.strip() for part in text.lower().partition(between))
    if not all(part.isascii() and part.isdecimal() and len(part) <= 4 for part in (one, other)):
        raise InputError(sentence)
    return int(one), int(other)


def _show_seats(plan: SeatingPlan, json: Path | None) -> None:
    rolls = {one.id: one.roll for one in plan.students}
    seats = plan.seats
    at = {place: rolls[who] for who, place in seats.places.items()}
    listed = [{"roll": roll, "row": place.row, "column": place.column} for place, roll in sorted(at.items())]
    standing = [one.roll for one in plan.standing]
    write_json(json, {
        "class": plan.school_class.code, "rows": seats.rows, "columns": seats.columns,
        "seats": listed, "standing": standing,
    })  # fmt: skip
    if not plan.is_made:
        out.print(f"{plan.school_class.code} has no seating plan yet.", markup=False)
        return
    columns = range(1, seats.columns + 1)
    table = Table("Row", *map(str, columns), show_lines=True)
    for row in range(1, seats.rows + 1):
        table.add_row(str(row), *(escape(at.get(Place(row, column), "")) for column in columns))
    out.print(table)
    if standing:
        out.print(f"Without a seat: {', '.join(standing)}.", markup=False)


def _as_json(card: ClassCard) -> dict[str, Any]:
    one = card.school_class
    return {"class": one.code, "name": one.name, "teachers": list(one.teachers), "room": card.room}
