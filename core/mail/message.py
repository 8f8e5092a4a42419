"""From a row of the outbox to the bytes a mail server gets; every try makes the same message."""

from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from core.mail.server import MailServer, to_ascii
from core.store.outbox import Attachment
from core.store.text import clean_text


def build_message(
    server: MailServer,
    recipient: str,
    subject: str,
    text: str,
    html: str,
    message_id: str,
    date: datetime,
    attachments: Sequence[Attachment] = (),
) -> EmailMessage:
    """A message with text, HTML (unless empty) and files.  date: aware.

    The policy of the standard library refuses a header with a line break, so no name can add one.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = server.sender
    message["To"] = _address(recipient)
    if server.reply_to:
        message["Reply-To"] = _address(server.reply_to)
    message["Subject"] = clean_text(subject)
    message["Date"] = date
    message["Message-ID"] = message_id
    # So that nobody's holiday notice answers it (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte="quoted-printable")
    if html:
        message.add_alternative(html, subtype="html", cte="quoted-printable")
    for one in attachments:
        kind, _, subtype = one.mime.partition("/")
        message.add_attachment(one.content, maintype=kind, subtype=subtype, filename=one.name)
    return message


def _address(address: str) -> Address:
    local, _, domain = to_ascii(address).rpartition("@")
    return Address(username=local, domain=domain)


def as_bytes(message: EmailMessage, *, utf8: bool) -> bytes:
    """The message with the network's line ends.  utf8: headers may be UTF-8, for addresses that ASCII cannot hold."""
    return message.as_bytes(policy=SMTP.clone(utf8=utf8))
