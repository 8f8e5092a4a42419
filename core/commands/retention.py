"""``app.py retention``: how long personal data is kept, and erasing what is due."""

from dataclasses import asdict

import typer
from rich.table import Table

from core import retention
from core.commands.choices import AsAdmin, By, Json
from core.commands.console import out, write_json
from core.commands.context import of

app = typer.Typer(help="How long personal data is kept.", no_args_is_help=True)


@app.command()
def show(context: typer.Context, by: By = None, as_admin: AsAdmin = False, json: Json = None) -> None:
    """Show what is kept for how long, and how much of it is due."""
    here = of(context)
    with here.reading() as store:
        found = retention.show(store, here.settings)
    write_json(json, [asdict(one) for one in found])
    table = Table("What", "Days", "Setting", "Due")
    for one in found:
        days = "never" if one.days == 0 else "for good" if one.days is None else str(one.days)
        table.add_row(one.what, days, one.name, str(one.due))
    out.print(table)
    out.print("Change it in data/settings.toml; what is due goes with the first command of each day.")


@app.command()
def sweep(context: typer.Context, by: By = None, as_admin: AsAdmin = False, json: Json = None) -> None:
    """Erase what is due now."""
    here = of(context)
    with here.writing("erasing what is due") as store:
        done = retention.sweep(store, here.settings)
    write_json(json, {"erased": dict(done.erased), "notes": list(done.notes)})
    out.print(f"Erased: {done.in_words}." if done.erased else "Nothing is due.", markup=False)
    for note in done.notes:
        out.print(note, markup=False)
