"""The mail server as the settings describe it, checked before anything is queued or sent."""

import ipaddress
from dataclasses import dataclass
from email.headerregistry import Address
from pathlib import Path
from typing import Literal

from core.errors import InputError
from core.paths import Home
from core.settings import Settings
from core.store.addresses import clean_email
from core.store.text import clean_text

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over and whom it comes from.  timeout_s, pause_s: seconds."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str
    ca_file: Path | None
    timeout_s: float
    pause_s: float
    mails_per_connection: int
    sender: Address
    reply_to: str

    @property
    def domain(self) -> str:
        """Of the sender, in ASCII: for Message-IDs."""
        return self.sender.domain

    @property
    def is_this_computer(self) -> bool:
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host.casefold() == "localhost"


def mail_server(home: Home, settings: Settings) -> MailServer:
    """The server of the settings.  Raises InputError saying what is missing or wrong, and where to write it."""
    path = home.data / "settings.toml"
    missing = [name for name in ("smtp_host", "mail_from") if not getattr(settings, name).strip()]
    if missing:
        raise InputError(
            "No mail server is set. Write its name and the address that mail comes from into the settings of mail "
            f"({' and '.join(missing)} in {path})."
        )
    host = settings.smtp_host.strip()
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise InputError(
            "The mail server in the settings is no name of a server. Write one like smtp.school.org into the settings "
            f"of mail (smtp_host in {path})."
        ) from error
    if settings.smtp_ca_file is not None and not settings.smtp_ca_file.is_file():
        raise InputError(f"The file {settings.smtp_ca_file} of the setting smtp_ca_file in {path} is not there.")
    sender = to_ascii(_address(path, "mail_from", settings.mail_from))
    name = clean_text(settings.mail_from_name or settings.school or "Rollcall")
    local, _, domain = sender.rpartition("@")
    server = MailServer(
        host=host,
        port=settings.smtp_port or _PORTS[settings.smtp_security],
        security=settings.smtp_security,
        user=settings.smtp_user,
        ca_file=settings.smtp_ca_file,
        timeout_s=settings.smtp_timeout_s,
        pause_s=settings.mail_pause_s,
        mails_per_connection=settings.smtp_mails_per_connection,
        sender=Address(name, local, domain),
        reply_to=to_ascii(_address(path, "mail_reply_to", settings.mail_reply_to)) if settings.mail_reply_to else "",
    )
    if server.user and server.security == "none" and not server.is_this_computer:
        raise InputError(
            f'With smtp_security = "none" the password would travel readable for everybody. Write "starttls" or "tls" '
            f"into {path}, or remove smtp_user."
        )
    return server


def _address(path: Path, name: str, text: str) -> str:
    try:
        return clean_email(text)
    except InputError as error:
        raise InputError(
            f"The setting {name} in {path} is no e-mail address. Write one like office@school.org"
        ) from error


def to_ascii(address: str) -> str:
    """The address with its domain as the network knows it (``schüle.de`` becomes ``xn--…``); the name stays.

    Raises InputError for a domain that cannot be.
    """
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise InputError(f"“{clean_text(address, 60)}” is no e-mail address. Correct it.") from error
