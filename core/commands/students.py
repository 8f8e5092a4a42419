"""``app.py students``: list, show, add, edit, merge and delete."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from core import clock
from core.changing import edit_student, merge_students
from core.commands.choices import AsAdmin, By, Json
from core.commands.console import out, progress_bar, write_json
from core.commands.context import Context, of
from core.erasure import erase_student
from core.records import Student
from core.store import groups, people, samples

app = typer.Typer(help="Students and their face samples.", no_args_is_help=True)
Roll = Annotated[str, typer.Argument(help="Roll number.")]
Email = Annotated[str | None, typer.Option(help="E-mail address; “” removes it.")]
ParentsEmail = Annotated[str | None, typer.Option(help="Of the parents, several with commas between; “” removes it.")]


@app.command("list")
def list_(context: typer.Context, json: Json = None) -> None:
    """List all students."""
    with of(context).reading() as store, store.read() as db:
        students = people.list_students(db)
        counts = samples.count_by_student(db, [one.id for one in students])
    write_json(json, [_as_json(one) | {"samples": counts.get(one.id, 0)} for one in students])
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
def show(context: typer.Context, roll: Roll, json: Json = None) -> None:
    """Show one student."""
    here = of(context)
    with here.reading() as store, store.read() as db:
        student = people.get_student(db, roll)
        count = samples.count_by_student(db, [student.id])[student.id]
        codes = {one.id: one.code for one in people.classes_of(db, student.id)}
        inside = [f"{codes[one.class_id]} {one.name}" for one in groups.groups_of(db, student.id)]
    data = _as_json(student) | {"samples": count, "classes": list(codes.values()), "groups": inside}
    write_json(json, data)
    consent = student.consent or "none"
    if student.consent_at is not None:
        consent += f", {clock.local(student.consent_at, clock.school_zone(here.settings)):%Y-%m-%d}"
    lines = [
        f"{student.roll} {student.name}{'' if student.active else ' (not active)'}",
        f"Classes: {', '.join(codes.values()) or 'none'}",
        f"Groups: {', '.join(inside) or 'none'}",
        f"Face samples: {count}",
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
    with of(context).writing("adding a student") as store, store.transaction() as db:
        wanted = [people.get_class(db, code) for code in class_code or ()]
        made = people.add_student(db, roll, name)
        made = people.edit_student(db, made.id, email=email, parents_email=parents_email)
        for one in wanted:
            people.add_to_roster(db, one.id, made.id)
    write_json(json, _as_json(made) | {"classes": [one.code for one in wanted]})
    where = f" to {', '.join(one.code for one in wanted)}" if wanted else ""
    out.print(f"Added {made.roll} {made.name}{where}.", markup=False)


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
        after = edit_student(store, roll, new_roll=new_roll, name=name, email=email, parents_email=parents_email)
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
    with here.writing("changing a student") as store, store.transaction() as db:
        return people.set_active(db, people.get_student(db, roll).id, active)


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
        with store.read() as db:
            gone = people.get_student(db, other)
        done = merge_students(
            store, here.settings, here.actor(by, admin=admin), roll, other, lambda: here.engine(progress)
        )
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
def delete(context: typer.Context, roll: Roll, json: Json = None) -> None:
    """Delete a student with all faces and marks."""
    with of(context).writing("deleting a student") as store:
        with store.read() as db:
            student = people.get_student(db, roll)
        gone = erase_student(store, roll)
    write_json(json, {"roll": student.roll, "name": student.name, "samples": gone.samples, "marks": gone.marks})
    out.print(
        f"Deleted {student.roll} {student.name} with {gone.samples} face samples and {gone.marks} marks, "
        "also from the classifiers and from older copies of the database.",
        markup=False,
    )


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
