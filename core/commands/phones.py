"""``app.py phones``: cards that pair the phones of a class."""

from pathlib import Path
from typing import Annotated

import typer

from core.commands.choices import By, ClassCode, Json
from core.commands.console import out, write_json
from core.commands.context import of
from core.confirming import cards
from core.words import counted, long_date

app = typer.Typer(help="Students' phones.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps the name of the only command."""


@app.command("cards")
def print_cards(
    context: typer.Context,
    class_code: ClassCode,
    file: Annotated[Path, typer.Argument(help="File to write, like cards.pdf.")],
    only_without: Annotated[bool, typer.Option("--only-without", help="Only for students without a phone.")] = False,
    address: Annotated[
        str | None, typer.Option(help="The portal's address for phones; else this computer's, at the usual place.")
    ] = None,
    by: By = None,
    json: Json = None,
) -> None:
    """Print a card for each student of a class, to pair their phone with; their earlier codes and cards end."""
    here = of(context)
    keep = cards.saved_as(file)
    with here.changing() as store:
        found = address or cards.usual_address()
        done = cards.print_cards(
            store, here.settings, here.actor(by), class_code, found, keep, only_without=only_without
        )
    write_json(
        json,
        {"file": str(done.kept.path), "cards": done.students, "last_day": done.last_day, "address": found},
    )
    out.print(
        f"Saved {counted(done.students, 'card')} in {done.kept.path}. They lead to {found} and work once each, until "
        f"{long_date(done.last_day)}.",
        markup=False,
    )
    out.print("Earlier cards and codes of these students do nothing any more.")
    if done.kept.note:
        out.print(done.kept.note, markup=False)
