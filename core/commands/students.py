"""``app.py students``: list, show, add, edit, merge and delete."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from core import clock
from core.commands.choices import AsAdmin, By, Json
from core.commands.console import out, progress_bar, write_json
from core.commands.context import Context, of
from core.erasure import erase_student, trained_again
from core.office import students
from core.office.merging import merge_students
from core.person_export import export_person
from core.records import Student

app = typer.Typer(help="Students and their face samples.", no_args_is_help=True)
Roll = Annotated[str, typer.Argument(help="Roll number.")]
Email = Annotated[str | None, typer.Option(help="E-mail address; “” removes it.")]
ParentsEmail = Annotated[str | None, typer.Option(help="Of the parents, several with commas between; “” removes it.")]


@app.command("list")
def list_(context: typer.Context, json: Json = None) -> None:
    """List all students; of a teacher's classes, those in them."""
    with of(context).reading() as store:
        lines = students.list_students(store)
    write_json(json, [_as_json(one.student) | {"samples": one.samples} for one in lines])
    if not lines:
        out.print(
            "There are no students yet. Enrol some: app.py enrol CLASS FOLDER --consent “paper form”", markup=False
        )
        return
    table = Table("Roll", "Name", "Samples", "Active")
    for line in lines:
        one = line.student
        table.add_row(escape(one.roll), escape(one.name), str(line.samples), "yes" if one.active else "no")
    out.print(table)


@app.command()
def show(context: typer.Context, roll: Roll, json: Json = None) -> None:
    """Show one student."""
    here = of(context)
    with here.reading() as store:
        card = students.card(store, roll)
    student = card.student
    codes, inside = [one.code for one in card.classes], [" ".join(one) for one in card.groups]
    write_json(json, _as_json(student) | {"samples": card.samples, "classes": codes, "groups": inside})
    consent = student.consent or "none"
    if student.consent_at is not None:
        consent += f", {clock.local(student.consent_at, clock.school_zone(here.settings)):%Y-%m-%d}"
    lines = [
        f"{student.roll} {student.name}{'' if student.active else ' (not active)'}",
        f"Classes: {', '.join(codes) or 'none'}",
        f"Groups: {', '.join(inside) or 'none'}",
        f"Face samples: {card.samples}",
        f"Consent: {consent}",
        f"E-mail: {student.email or 'none'}; parents: {student.parents_email or 'none'}",
    ]
    out.print("\n".join(lines), markup=False)


@app.command()
def add(
    context: typer.Context,
    roll: Roll,
    name: Annotated[str, typer.Argument(help="Full name.")],
    class_code: Annotated[list[str] | None, typer.Option("--class", help="Code of a class; may be repeated.")] = None,
    email: Email = None,
    parents_email: ParentsEmail = None,
    json: Json = None,
) -> None:
    """Add a student without photos; many at once come with “import people”."""
    with of(context).writing("adding a student") as store:
        done = students.add_student(store, roll, name, class_code or (), email=email, parents_email=parents_email)
    codes = [one.code for one in done.classes]
    write_json(json, _as_json(done.student) | {"classes": codes})
    where = f" to {', '.join(codes)}" if codes else ""
    out.print(f"Added {done.student.roll} {done.student.name}{where}.", markup=False)


@app.command()
def edit(
    context: typer.Context,
    roll: Roll,
    new_roll: Annotated[str | None, typer.Option("--roll", help="The new roll number.")] = None,
    name: Annotated[str | None, typer.Option(help="The new name.")] = None,
    email: Email = None,
    parents_email: ParentsEmail = None,
    json: Json = None,
) -> None:
    """Change a student's name, roll number or addresses; faces and marks stay."""
    with of(context).writing("changing a student") as store:
        after = students.edit_student(
            store, roll, new_roll=new_roll, name=name, email=email, parents_email=parents_email
        )
    write_json(json, _as_json(after))
    out.print(
        f"{after.roll} {after.name}; e-mail: {after.email or 'none'}; parents: {after.parents_email or 'none'}.",
        markup=False,
    )


@app.command()
def deactivate(context: typer.Context, roll: Roll, json: Json = None) -> None:
    """Neither recognise nor mark a student any more; the history stays."""
    after = _set_active(of(context), roll, active=False)
    write_json(json, _as_json(after))
    out.print(f"{after.roll} {after.name} is not active any more: neither recognised nor marked.", markup=False)


@app.command()
def activate(context: typer.Context, roll: Roll, json: Json = None) -> None:
    """Recognise and mark a student again."""
    after = _set_active(of(context), roll, active=True)
    write_json(json, _as_json(after))
    out.print(f"{after.roll} {after.name} is active again.", markup=False)


def _set_active(here: Context, roll: str, *, active: bool) -> Student:
    with here.writing("changing a student") as store:
        return students.set_active(store, roll, active=active)


@app.command()
def merge(
    context: typer.Context,
    roll: Annotated[str, typer.Argument(help="Roll number of the entry that stays.")],
    other: Annotated[str, typer.Argument(help="Roll number of the entry that goes.")],
    by: By = None,
    admin: AsAdmin = False,
    json: Json = None,
) -> None:
    """Make one student of two entries: faces, marks, classes and everything else of OTHER go to ROLL."""
    here = of(context)
    with here.writing("merging two students") as store, progress_bar("Merging") as progress:
        done = merge_students(
            store, here.settings, here.actor(by, admin=admin), roll, other, lambda: here.engine(progress)
        )
    gone = done.gone
    write_json(
        json,
        _as_json(done.student)
        | {
            "merged": {"roll": gone.roll, "name": gone.name},
            "samples": done.samples,
            "marks": done.marks,
            "changed_marks": done.changed,
            "learned": list(done.learned),
            "notes": list(done.notes),
        },
    )
    out.print(
        f"{gone.roll} {gone.name} is now {done.student.roll} {done.student.name}, "
        f"with {done.samples} more face samples and {done.marks} more marks.",
        markup=False,
    )
    for note in done.notes:
        out.print(note, markup=False)


@app.command()
def export(
    context: typer.Context,
    roll: Roll,
    folder: Annotated[Path, typer.Argument(help="A folder that is empty or not there yet.")],
    by: By = None,
    as_admin: AsAdmin = False,
    json: Json = None,
) -> None:
    """Write everything stored about one student into a folder: data as JSON, and pictures."""
    with of(context).changing() as store:
        done = export_person(store, roll, folder)
    write_json(json, {"folder": str(folder), "rows": done.rows, "pictures": done.pictures})
    out.print(f"Saved {done.rows} rows and {done.pictures} pictures in {folder}.", markup=False)
    out.print("The folder is not encrypted: hand it over and delete it.")


@app.command()
def delete(context: typer.Context, roll: Roll, json: Json = None) -> None:
    """Delete a student with all faces and marks."""
    with of(context).writing("deleting a student") as store:
        student = students.card(store, roll).student
        gone, removed = erase_student(store, roll)
    write_json(json, {"roll": student.roll, "name": student.name, **asdict(gone), "removed": list(removed)})
    out.print(
        f"Deleted {student.roll} {student.name} with {gone.samples} face samples and {gone.marks} marks, "
        "also from the classifiers and from older copies of the database.",
        markup=False,
    )
    out.print(
        f"Besides: {gone.sightings} faces in lessons, {gone.rejections} faces that are not theirs, {gone.passages} "
        f"passages, {gone.rosters} places in classes, {gone.mails} mails, {gone.confirmations} confirmations by phone, "
        f"{gone.phones} phones. What was overwritten is not on the disk "
        "any more. Sheets, videos and folders that were written or sent before may still show them."
    )
    if removed:
        out.print(trained_again(removed), markup=False)


def _as_json(student: Student) -> dict[str, Any]:
    return {
        "roll": student.roll,
        "name": student.name,
        "active": student.active,
        "email": student.email,
        "parents_email": student.parents_email,
        "consent": student.consent,
        "consent_at": student.consent_at,
    }
