"""``app.py backup``: copies of the database, putting one back, moving to another computer."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from core import backups, clock, moving
from core.actor import Actor, acting
from core.commands.choices import AsAdmin, By, Json
from core.commands.console import out, write_json
from core.commands.context import Context, of, secret_from
from core.errors import StoreError
from core.locks import home_lock

PASSPHRASE = "ROLLCALL_BACKUP_PASSPHRASE"  # noqa: S105 - the name of a variable

app = typer.Typer(help="Copies of the database; moving to another computer.", no_args_is_help=True)


@app.command("list")
def list_(context: typer.Context, by: By = None, as_admin: AsAdmin = False, json: Json = None) -> None:
    """List the copies there are, newest first."""
    here = of(context)
    with here.reading() as store:
        found = backups.list_copies(store)
    write_json(
        json,
        [{"file": one.path.name, "at": one.made_at.isoformat(), "why": one.why, "bytes": one.size} for one in found],
    )
    if not found:
        out.print("There is no copy yet. One is made every day, and now with: app.py backup now")
        return
    table = Table("File", "Made", "Why", "MB")
    for one in found:
        made = clock.moment_text(one.made_at, clock.school_zone(here.settings))
        table.add_row(one.path.name, made, one.why, f"{one.size / 1e6:.1f}")
    out.print(table)


@app.command()
def now(context: typer.Context, by: By = None, as_admin: AsAdmin = False, json: Json = None) -> None:
    """Copy the database now, also while it is in use."""
    with of(context).changing() as store:
        made = backups.back_up(store)
    write_json(json, {"file": made.path.name, "bytes": made.size})
    out.print(f"Saved {made.path}.", markup=False)


@app.command()
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Name of a copy (see “backup list”), or a path.")],
    by: By = None,
    as_admin: AsAdmin = False,
    json: Json = None,
) -> None:
    """Put a copy of the database back; what is there now is kept beside the copies."""
    here = of(context)
    with acting(_whom(here, by, as_admin)), home_lock(here.home, "putting a copy back"):
        done = backups.restore(here.home, file)
    write_json(json, {"students": done.students, "kept": None if done.kept is None else done.kept.name})
    out.print(f"The copy is in place; it has {done.students} students.", markup=False)
    if done.kept is not None:
        out.print(f"What was there before is kept as {done.kept.name}.", markup=False)


@app.command()
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    by: By = None,
    as_admin: AsAdmin = False,
    json: Json = None,
) -> None:
    """Write everything another computer needs into one encrypted file."""
    here = of(context)
    with here.writing("writing an export") as store:
        passphrase = secret_from(PASSPHRASE, "A passphrase for the file", twice=True)
        done = moving.export_home(store, file, passphrase)
    write_json(json, {"file": str(file), "students": done.students, "files": done.files})
    out.print(f"Saved {file}: {done.students} students with faces, register, classifiers and settings.", markup=False)
    out.print("Take it in on the other computer: app.py backup import FILE")


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that “backup export” wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of the data that is here.")] = False,
    by: By = None,
    as_admin: AsAdmin = False,
    json: Json = None,
) -> None:
    """Take over what “backup export” wrote on another computer."""
    here = of(context)
    here.home.create()
    with acting(_whom(here, by, as_admin)), home_lock(here.home, "taking over another computer’s data"):
        backups.may_move_data(here.home)  # Nobody types a secret for what they may not do.
        passphrase = secret_from(PASSPHRASE, "The passphrase of the file")
        done = moving.import_home(here.home, file, passphrase, replace=replace)
    write_json(
        json,
        {"students": done.students, "files": done.files, "kept": None if done.kept is None else done.kept.name},
    )
    out.print(f"Took over {done.students} students. Next: app.py setup, then app.py doctor", markup=False)
    if done.kept is not None:
        out.print(f"What was here before is kept in {done.kept}.", markup=False)


def _whom(here: Context, by: str | None, as_admin: bool) -> Actor | None:
    """Who acts; nobody where the database is damaged, for then nobody can be asked."""
    try:
        return here.actor(by, admin=as_admin)
    except StoreError:
        return None
