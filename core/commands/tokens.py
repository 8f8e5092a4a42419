"""``app.py tokens``: what other programs of the school may read and write over the network."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from core import clock, programs
from core.commands.choices import By, Json
from core.commands.console import out, write_json
from core.commands.context import of
from core.programs import DAYS, SCOPES
from core.store.programs import ApiToken

app = typer.Typer(help="Tokens with which other programs of the school read and write.", no_args_is_help=True)


@app.command()
def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Which program it is for.")],
    scope: Annotated[list[str], typer.Option(help=f"What it may: {', '.join(SCOPES)}; more than one can be given.")],
    class_code: Annotated[
        str | None, typer.Option("--class", metavar="CLASS", help="The only class it is about; else the whole school.")
    ] = None,
    days: Annotated[int, typer.Option(help="How long it lasts; 0 for ever.")] = DAYS,
    by: By = None,
    json: Json = None,
) -> None:
    """Make a token and show it this once; only an admin can."""
    here = of(context)
    with here.changing() as store:
        made = programs.make_token(
            store, here.actor(by), name, scope, class_code=class_code, days=None if days == 0 else days
        )
    write_json(json, {**as_json(made.token), "class": class_code, "token": made.secret})
    until = made.token.until
    lasts = "for ever" if until is None else f"until {clock.local(until, clock.school_zone(here.settings)):%Y-%m-%d}"
    out.print(f"Token {made.token.id} for “{made.token.name}”, {lasts}. It is shown this once:", markup=False)
    out.print(made.secret, markup=False, soft_wrap=True)


@app.command("list")
def list_(context: typer.Context, by: By = None, json: Json = None) -> None:
    """List the tokens; none of them can be shown again."""
    here = of(context)
    with here.reading() as store:
        found = programs.list_tokens(store)
    zone = clock.school_zone(here.settings)
    described = [
        {**as_json(one.token), "class": one.class_code, "account": one.account, "is_over": one.is_over} for one in found
    ]
    write_json(json, described)
    if not found:
        out.print("There are no tokens. Make one: app.py tokens new “School system” --scope read-register")
        return
    table = Table("Number", "For", "May", "Class", "Acts as", "Until", "Last used")
    for one in found:
        token = one.token
        until = "for ever" if token.until is None else clock.moment_text(token.until, zone)
        table.add_row(
            str(token.id),
            escape(token.name),
            ", ".join(token.scopes),
            escape(one.class_code or "all"),
            escape(one.account),
            f"{until}, over" if one.is_over else until,
            clock.moment_text(token.used_at, zone) or "never",
        )
    out.print(table)


@app.command()
def revoke(
    context: typer.Context,
    number: Annotated[int, typer.Argument(min=1, max=999_999_999, help="Number of the token.")],
    by: By = None,
    json: Json = None,
) -> None:
    """End a token at once."""
    here = of(context)
    with here.changing() as store:
        gone = programs.revoke_token(store, here.actor(by), number)
    write_json(json, as_json(gone))
    out.print(f"Token {gone.id} for “{gone.name}” opens nothing any more.", markup=False)


def as_json(one: ApiToken) -> dict[str, object]:
    """A token for machines, without its secret."""
    return {
        "number": one.id,
        "name": one.name,
        "scopes": list(one.scopes),
        "until": None if one.until is None else one.until.isoformat(),
        "created_at": one.created_at.isoformat(),
        "used_at": None if one.used_at is None else one.used_at.isoformat(),
    }
