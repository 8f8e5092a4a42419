"""``app.py students``: list, show, delete."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from core.commands.console import out
from core.commands.context import of
from core.erasure import erase_student
from core.store import people, samples

app = typer.Typer(help="Students and their face samples.", no_args_is_help=True)


@app.command("list")
def list_(context: typer.Context) -> None:
    """List all students."""
    with of(context).reading() as store, store.read() as db:
        students = people.list_students(db)
        counts = samples.count_by_student(db, [one.id for one in students])
    if not students:
        out.print(
            "There are no students yet. Enrol some: app.py enrol CLASS FOLDER --consent “paper form”", markup=False
        )
        return
    table = Table("Roll", "Name", "Samples", "Active")
    for one in students:
        table.add_row(escape(one.roll), escape(one.name), str(counts.get(one.id, 0)), "yes" if one.active else "no")
    out.print(table)


@app.command()
def show(context: typer.Context, roll: Annotated[str, typer.Argument(help="Roll number.")]) -> None:
    """Show one student."""
    with of(context).reading() as store, store.read() as db:
        student = people.get_student(db, roll)
        count = samples.count_by_student(db, [student.id]).get(student.id, 0)
        codes = [one.code for one in people.classes_of(db, student.id)]
    lines = [
        f"{student.roll} {student.name}",
        f"Classes: {', '.join(codes) or 'none'}",
        f"Face samples: {count}",
        f"Consent: {student.consent or 'none'}",
        f"E-mail: {student.email or 'none'}; parents: {student.parents_email or 'none'}",
    ]
    out.print("\n".join(lines), markup=False)


@app.command()
def delete(context: typer.Context, roll: Annotated[str, typer.Argument(help="Roll number.")]) -> None:
    """Delete a student with all faces and marks."""
    with of(context).writing("deleting a student") as store:
        with store.read() as db:
            student = people.get_student(db, roll)
        gone = erase_student(store, roll)
    out.print(
        f"Deleted {student.roll} {student.name} with {gone.samples} face samples and {gone.marks} marks, "
        "also from the classifiers and from older copies of the database.",
        markup=False,
    )
