"""``app.py serve``: the portal for teachers, students and their phones."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from core.commands.console import out
from core.commands.context import of
from core.errors import InputError
from core.starting import first_look
from core.surfaces import PORT, Served, Serving, serve_portal

Port = Annotated[int, typer.Option(min=1, max=65535, help="The first port that is tried.")]
Plain = Annotated[bool, typer.Option("--plain", help="Without encryption: codes only, no passwords.")]
Announce = Annotated[bool, typer.Option("--announce", hidden=True, help="For the window: lines of JSON, ends with it.")]


def register(app: typer.Typer) -> None:
    """Add what this module offers to the command line."""
    app.command("serve")(serve)


def serve(context: typer.Context, port: Port = PORT, plain: Plain = False, announce: Announce = False) -> None:
    """Serve the portal to teachers and students in this network, until Control-C."""
    here = of(context)
    with here.reading() as store:
        if not first_look(store).has_accounts:
            raise InputError("Nobody could log in, for there are no accounts yet. Begin with: app.py accounts setup")
        if announce:
            # The first line opens the stored faces where that takes a passphrase.
            store.vault.take_over(sys.stdin.buffer.readline().decode("utf-8").strip())
        elif not store.vault.can_open():
            out.print("The stored faces are locked: selfies wait until this is started again with their passphrase.")
        # A question at the terminal would hold up whoever opened a page, and Control-C.
        store.vault.ask_no_more()
        told = _announce if announce else _tell
        # Whoever started it holds the other end: when they are gone, however they went, there is nothing more to read.
        wait = sys.stdin.buffer.read if announce else None
        serve_portal(Serving(here.home, store, port, not plain, told, wait))


def _tell(served: Served) -> None:
    out.print(f"The portal is at {served.url}", markup=False)
    if not served.is_reachable:
        out.print("This computer is in no network, so only its own browser can open it.")
    if served.fingerprint:
        out.print(f"Phones have to trust it once. Its fingerprint is {served.fingerprint}", markup=False)
    out.print("Control-C ends it.")


def _announce(served: Served) -> None:
    sys.stdout.write(json.dumps(asdict(served)) + "\n")
    sys.stdout.flush()
