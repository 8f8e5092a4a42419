"""``app.py accounts``: who may log in, as what, and with which password."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from core import clock
from core.accounts import admin, login
from core.accounts.admin import Coded
from core.commands.choices import By, Json
from core.commands.console import out, write_json
from core.commands.context import PASSWORD, Context, ask_password, of, secret_from
from core.store.accounts import Account

app = typer.Typer(help="Who may log in, as what. Passwords are asked for, never given here.", no_args_is_help=True)
NEW_PASSWORD, CODE, PIN = "ROLLCALL_NEW_PASSWORD", "ROLLCALL_CODE", "ROLLCALL_PIN"

Name = Annotated[str, typer.Argument(help="Name of the account.")]
Role = Annotated[str, typer.Option(help="admin, teacher, student or kiosk.")]
Teacher = Annotated[str | None, typer.Option(help="Which teacher it is; else the one of the same name.")]
Student = Annotated[str | None, typer.Option(help="Roll number of the student it is.")]


@app.command()
def setup(context: typer.Context, name: Name, json: Json = None) -> None:
    """Make the first account, an admin; from then on everybody needs one."""
    here = of(context)
    password = secret_from(PASSWORD, f"Password for {name}", twice=True)
    with here.changing() as store:
        made = admin.set_up(store, name, password)
    write_json(json, as_json(made))
    out.print(f"{made.name} is admin. Add the others: app.py accounts add NAME --role teacher", markup=False)


@app.command()
def add(
    context: typer.Context,
    name: Name,
    role: Role = "teacher",
    teacher: Teacher = None,
    student: Student = None,
    by: By = None,
    json: Json = None,
) -> None:
    """Add an account; its owner sets a password with the one-time code that is shown."""
    here = of(context)
    with here.changing() as store:
        made = admin.add(store, name, role, teacher=teacher, roll=student)
    write_json(json, as_json(made.account))
    out.print(f"Added {made.account.name}, {_what(made.account)}.", markup=False)
    if made.account.role == "teacher" and made.account.teacher_id is None:
        out.print(
            "It belongs to no teacher of a class yet: app.py accounts role NAME teacher --teacher …", markup=False
        )
    _tell_code(here, made)


@app.command("list")
def list_(context: typer.Context, by: By = None, json: Json = None) -> None:
    """List the accounts."""
    here = of(context)
    with here.reading() as store:
        found = admin.list_all(store)
    zone = clock.school_zone(here.settings)
    write_json(json, [as_json(one.account) for one in found])
    if not found:
        out.print("There are no accounts: everybody at this computer may do everything. Begin: app.py accounts setup")
        return
    table = Table("Name", "Role", "State", "Last login")
    for one in found:
        seen = one.account.last_login_at
        state = _state(one.account)
        if one.locked_until is not None:
            state += f", locked until {clock.local(one.locked_until, zone):%H:%M}"
        table.add_row(
            escape(one.account.name),
            one.account.role,
            state,
            "" if seen is None else f"{clock.local(seen, zone):%Y-%m-%d %H:%M}",
        )
    out.print(table)


@app.command()
def deactivate(context: typer.Context, name: Name, by: By = None) -> None:
    """Switch an account off; at once, wherever it is logged in."""
    with of(context).changing() as store:
        made = admin.set_active(store, name, active=False)
    out.print(f"{made.name} cannot log in any more.", markup=False)


@app.command()
def activate(context: typer.Context, name: Name, by: By = None) -> None:
    """Switch an account on again."""
    with of(context).changing() as store:
        made = admin.set_active(store, name, active=True)
    out.print(f"{made.name} can log in again.", markup=False)


@app.command()
def role(
    context: typer.Context,
    name: Name,
    role: Annotated[str, typer.Argument(help="admin, teacher, student or kiosk.")],
    teacher: Teacher = None,
    student: Student = None,
    by: By = None,
    json: Json = None,
) -> None:
    """Give an account another role, teacher or student."""
    with of(context).changing() as store:
        made = admin.change_role(store, name, role, teacher=teacher, roll=student)
    write_json(json, as_json(made))
    out.print(f"{made.name} is {_what(made)} now.", markup=False)


@app.command()
def password(
    context: typer.Context,
    name: Name,
    code: Annotated[bool, typer.Option("--code", help="With the one-time code of an admin.")] = False,
) -> None:
    """Set one's own password."""
    here = of(context)
    first = secret_from(CODE, f"One-time code of {name}") if code else ask_password(name)
    new = secret_from(NEW_PASSWORD, "New password", twice=True)
    with here.changing() as store:
        made = (login.use_code if code else login.change_password)(store, name, first, new)
    out.print(f"The password of {made.name} is changed.", markup=False)


@app.command()
def reset(context: typer.Context, name: Name, by: By = None) -> None:
    """Show a one-time code for somebody who forgot the password; lifts a lock."""
    here = of(context)
    with here.changing() as store:
        made = admin.issue_code(store, name)
    _tell_code(here, made)


@app.command()
def pin(
    context: typer.Context,
    name: Name,
    remove: Annotated[bool, typer.Option("--remove", help="Take the PIN away.")] = False,
    by: By = None,
) -> None:
    """Set the PIN with which a kiosk is left."""
    here = of(context)
    with here.changing() as store:
        # Nobody types a secret for what they may not do.
        digits = None if remove else secret_from(PIN, f"PIN for {name}", twice=True)
        made = admin.set_pin(store, name, digits)
    out.print(f"{made.name} has {'no' if remove else 'a new'} PIN.", markup=False)


def _tell_code(here: Context, made: Coded) -> None:
    until = clock.local(made.until, clock.school_zone(here.settings))
    out.print(f"One-time code, until {until:%Y-%m-%d %H:%M}: {made.code}", markup=False)
    out.print(f"Its owner sets a password with it: app.py accounts password “{made.account.name}” --code", markup=False)


def _what(one: Account) -> str:
    return f"{'an' if one.role == 'admin' else 'a'} {one.role}"


def _state(one: Account) -> str:
    if not one.active:
        return "switched off"
    return "active" if one.has_password else "no password yet"


def as_json(one: Account) -> dict[str, object]:
    """An account for machines; nothing secret."""
    return {
        "name": one.name,
        "role": one.role,
        "active": one.active,
        "has_password": one.has_password,
        "has_pin": one.has_pin,
        "last_login_at": None if one.last_login_at is None else one.last_login_at.isoformat(),
    }
