"""What a surface must know of a home before anybody can log in."""

from dataclasses import dataclass

from core.access import guarded
from core.store import accounts, people
from core.store.database import Store


@dataclass(frozen=True, slots=True)
class FirstLook:
    """has_accounts: somebody must log in; is_new: no account and no class, so setting up begins or goes on."""

    has_accounts: bool
    is_new: bool


@guarded
def first_look(store: Store) -> FirstLook:
    """Whether to ask who it is, to begin with setting up, or neither."""
    with store.read() as db:
        has_accounts = accounts.any_account(db)
        return FirstLook(has_accounts, not has_accounts and not people.list_classes(db))
