"""Who works on this computer's command line.

Whoever may start the program here may also read and copy its database, so a name is taken at its word there: it signs
what is done and bounds mistakes.  The rights of an admin take the admin's password.
"""

from collections.abc import Callable

from core.access import guarded
from core.accounts.login import log_in
from core.actor import Actor
from core.errors import AccessError
from core.store import accounts
from core.store.database import Store
from core.store.text import clean_text


@guarded
def local_actor(store: Store, name: str, password: Callable[[str], str], *, admin: bool = False) -> Actor:
    """The actor of this account.

    password: asked for with the account's name where it is an admin's.  admin: only an admin will do.  Raises
    AccessError for a name that is no account or not an admin's, LoginError for a wrong password.
    """
    with store.read() as db:
        account = accounts.find_account(db, name)
    if account is None or not account.active:
        raise AccessError(
            f"“{clean_text(name, 40)}” is no account that can be used. Say who you are: --by NAME where the command "
            "has it, or put the name into the variable ROLLCALL_ACCOUNT."
        )
    if admin and account.role != "admin":
        raise AccessError(f"{account.name} is no admin. Name one with --by.")
    if account.role == "admin":
        account = log_in(store, account.name, password(account.name))
    return account.actor()
