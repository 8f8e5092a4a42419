"""``app.py security``: how the stored faces are encrypted, who keeps their key, a new key, beginning anew."""

import getpass
import os
import sys
from typing import Annotated

import typer

from core import rekeying
from core.commands.choices import By, Json
from core.commands.console import out, progress_bar, write_json
from core.commands.context import of
from core.errors import InputError
from core.vault.sources import VARIABLE, Kind

NEW_VARIABLE = "ROLLCALL_NEW_PASSPHRASE"

app = typer.Typer(help="How the stored faces are encrypted.", no_args_is_help=True)


@app.command()
def show(context: typer.Context, by: By = None, json: Json = None) -> None:
    """Say who keeps the key of the stored faces, and whether they can be read now."""
    here = of(context)
    with here.reading() as store:
        kept = rekeying.state(store)
    write_json(
        json,
        {
            "source": kept.source,
            "generation": kept.generation,
            "unfinished": kept.unfinished,
            "problem": kept.problem,
        },
    )
    if kept.problem is not None:
        out.print(kept.problem, markup=False)
        return
    out.print(f"The stored faces are {rekeying.in_words(here.home, kept.source)}.", markup=False)
    if kept.unfinished:
        out.print("Changing their key was not finished. Go on with: app.py security rotate")


@app.command()
def key(
    context: typer.Context,
    keyring: Annotated[bool, typer.Option("--keyring", help="This account's keyring keeps it.")] = False,
    passphrase: Annotated[bool, typer.Option("--passphrase", help="It comes from a passphrase.")] = False,
    file: Annotated[bool, typer.Option("--file", help="A file beside the data keeps it (the weakest).")] = False,
    by: By = None,
    json: Json = None,
) -> None:
    """Choose who keeps the key of the stored faces; also how a passphrase is changed."""
    chosen: list[Kind] = []
    chosen += ["keyring"] if keyring else []
    chosen += ["passphrase"] if passphrase else []
    chosen += ["file"] if file else []
    if len(chosen) != 1:
        raise InputError("Choose one of --keyring, --passphrase and --file.")
    here = of(context)
    with here.writing("changing who keeps the key") as store:
        store.vault.unlock()
        present = store.vault.newest().source
        rekeying.change_source(store, chosen[0], _new_passphrase(present) if passphrase else None)
    write_json(json, {"source": chosen[0]})
    out.print(f"Done. The stored faces are {rekeying.in_words(here.home, chosen[0])}.", markup=False)
    if passphrase:
        out.print("Write the passphrase down and lock it away: without it nobody can read the faces again.")
    out.print("If somebody may have copied the folder before, give the faces a new key too: app.py security rotate")


@app.command()
def rotate(context: typer.Context, by: By = None, json: Json = None) -> None:
    """Encrypt every stored face with a new key; can be stopped and started again."""
    here = of(context)
    with here.writing("changing the key of the faces") as store, progress_bar("New key") as progress:
        done = rekeying.rotate(store, progress)
    write_json(json, {"values": done.values, "files": done.files, "damaged": done.damaged})
    out.print(
        f"{done.values} stored values and {done.files} classifiers have a new key; the old one is gone. "
        "Copies of the database made before keep theirs until they expire."
    )
    if done.damaged:
        out.print(f"{done.damaged} values were damaged before and stayed so.")


@app.command("start-over")
def start_over(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Really give up all stored faces.")] = False,
    by: By = None,
    json: Json = None,
) -> None:
    """When the key is lost: give up all stored faces and classifiers; names, marks and sheets stay."""
    if not yes:
        raise InputError(
            "This erases every stored face and classifier, so everybody must be enrolled again; names, marks and "
            "sheets stay. If that is meant: app.py security start-over --yes"
        )
    here = of(context)
    with here.writing("beginning anew") as store:
        rekeying.start_over(store)
        kept = rekeying.state(store, unlock=False)
    write_json(json, {"source": kept.source, "generation": kept.generation})
    out.print("All stored faces are gone and a new key is in place. Next: app.py enrol CLASS FOLDER")


def _new_passphrase(present: str) -> str:
    """From the environment, else typed twice.  Raises InputError where nobody can be asked."""
    # Where a passphrase is changed, the second variable holds the one that is to go.
    for name in (NEW_VARIABLE,) if present == "passphrase" else (NEW_VARIABLE, VARIABLE):
        if os.environ.get(name):
            return os.environ[name]
    if not sys.stdin.isatty():
        raise InputError(f"Nobody can be asked for a passphrase here. Set {NEW_VARIABLE}.")
    typed = getpass.getpass("New passphrase: ")
    if getpass.getpass("The same again: ") != typed:
        raise InputError("The two passphrases differ; nothing was changed. Try again.")
    return typed
