"""The password of the mail server: from the environment or the computer's own keyring, never in a file of Rollcall."""

import os
from typing import TYPE_CHECKING

from pydantic import SecretStr

from core.access import guarded
from core.errors import InputError
from core.settings import Settings
from core.store import audit
from core.store.database import Store

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE = "ROLLCALL_SMTP_PASSWORD"
SERVICE = "Rollcall mail"
_NO_KEYRING = (
    "This computer has no keyring that Rollcall can use, so the mail password cannot be kept. "
    f"Set it in the environment variable {VARIABLE} before starting Rollcall."
)


def read_password(settings: Settings) -> SecretStr | None:
    """The password for ``smtp_user``; None when nobody logs in.

    Raises InputError when there is none, saying what to do.
    """
    if not settings.smtp_user:
        return None
    from_environment = os.environ.get(VARIABLE)
    if from_environment:
        return SecretStr(from_environment)
    found = _from_keyring(settings)
    if found is None:
        raise InputError(
            f"There is no password for {_account(settings)} yet. "
            f"Store it once with: app.py mail password (or set {VARIABLE})"
        )
    return found


@guarded
def save_password(store: Store, settings: Settings, password: SecretStr | None) -> str:
    """Keep the password in the keyring, or remove it (None); gives the account it is for.

    Raises InputError without ``smtp_user`` in the settings, for an empty password, or where there is no keyring.
    """
    with store.transaction() as db:
        account = _save(settings, password)
        audit.record(db, None, "mail.password", after={"stored": password is not None})
    return account


def _save(settings: Settings, password: SecretStr | None) -> str:
    import keyring
    from keyring.errors import PasswordDeleteError

    if not settings.smtp_user or not settings.smtp_host:
        raise InputError(
            "Write the mail server and who logs in there into the settings of mail first; then store the password."
        )
    account = _account(settings)
    if password is None:
        try:
            _asked(lambda: keyring.delete_password(SERVICE, account))
        except PasswordDeleteError as error:
            raise InputError(f"No password is stored for {account}.") from error
        return account
    if not password.get_secret_value():
        raise InputError("The password is empty, so nothing was stored. Run it again and write the password.")
    _asked(lambda: keyring.set_password(SERVICE, account, password.get_secret_value()))
    stored = _from_keyring(settings)
    if stored is None or stored.get_secret_value() != password.get_secret_value():
        # Some systems are set up with a keyring that takes everything and keeps nothing.
        raise InputError(_NO_KEYRING)
    return account


def _account(settings: Settings) -> str:
    return f"{settings.smtp_user} at {settings.smtp_host}"


def _from_keyring(settings: Settings) -> SecretStr | None:
    import keyring

    found = _asked(lambda: keyring.get_password(SERVICE, _account(settings)))
    return None if found is None else SecretStr(found)


def _asked(call: "Callable[[], str | None]") -> str | None:
    from keyring.errors import KeyringError, KeyringLocked, NoKeyringError, PasswordDeleteError

    try:
        return call()
    except PasswordDeleteError:
        raise
    except NoKeyringError as error:
        raise InputError(_NO_KEYRING) from error
    except KeyringLocked as error:
        raise InputError("The computer's keyring is locked. Unlock it and try again.") from error
    except KeyringError as error:
        raise InputError(
            f"The computer's keyring does not answer. Try again, or set the environment variable {VARIABLE}."
        ) from error
