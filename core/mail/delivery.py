"""One connection to the mail server, and what becomes of each message handed over on it."""

import base64
import smtplib
import ssl
import time
from dataclasses import dataclass
from email.message import EmailMessage
from types import TracebackType
from typing import Literal, Self

from pydantic import SecretStr

from core.errors import MailError
from core.mail.message import as_bytes
from core.mail.server import MailServer, to_ascii
from core.store.text import clean_text

Answer = Literal["sent", "refused", "later", "lost", "hanging"]
_CLOSING = 421
_TOO_LARGE = 552
_OWN_NAME = "[127.0.0.1]"
"""What Rollcall calls itself: a computer's own name may hold letters that mail does not know."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message.

    answer: ``sent``; ``refused`` for good; ``later``, not now; ``lost``, the connection broke; ``hanging``, no answer
    in time.  in_doubt: the server may have taken it.  why: a sentence.
    """

    answer: Answer
    why: str = ""
    in_doubt: bool = False


class Connection:
    """A connection that is made when first needed; use it in a ``with`` block."""

    def __init__(self, server: MailServer, password: SecretStr | None) -> None:
        self._server = server
        self._password = password
        self._smtp: smtplib.SMTP | None = None
        self._handed_over = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        return self._smtp is not None

    def close(self) -> None:
        """Say good-bye, if there is a connection."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            smtp.quit()
        except (OSError, smtplib.SMTPException):
            # It may be the reason why the connection is given up.
            smtp.close()

    def open(self) -> None:
        """Connect, encrypt and log in, unless that was done.  Raises MailError when it cannot be."""
        if self._smtp is not None and self._handed_over < self._server.mails_per_connection:
            return
        self.close()
        server = self._server
        try:
            self._smtp = _connected(server, self._password)
        except smtplib.SMTPAuthenticationError as error:
            raise MailError(
                f"The mail server {server.host} does not take the password of {server.user} "
                f"({self._said(error.smtp_code, error.smtp_error)}). Store the right one: app.py mail password"
            ) from None  # The first error may hold what was sent.
        except UnicodeEncodeError:
            raise MailError(
                f"The password or name for {server.host} has letters that mail servers do not take. "
                "Choose one of Latin letters, digits and signs there, then: app.py mail password"
            ) from None
        except ssl.SSLCertVerificationError as error:
            raise MailError(
                f"The certificate of the mail server {server.host} is not trusted ({error.verify_message}). Correct "
                "its name in the settings, or have your school's own authority written there."
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailError(
                f"The mail server {server.host} offers no encryption or no log-in here "
                f"({clean_text(str(error), 100)}). Correct its encryption or port in the settings."
            ) from error
        except smtplib.SMTPResponseException as error:
            said = self._said(error.smtp_code, error.smtp_error)
            raise MailError(f"The mail server {server.host} takes no mail now: {said}. Try again later.") from None
        except (OSError, smtplib.SMTPException) as error:
            # What the system calls it; its number says nothing to anybody.
            said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            reason = clean_text(said, 100) or type(error).__name__
            raise MailError(
                f"The mail server {server.host} does not answer on port {server.port} ({reason}). Check the network "
                "and the server's name, port and encryption in the settings, then: app.py mail retry"
            ) from error
        self._handed_over = 0

    def hand_over(self, recipient: str, message: EmailMessage) -> Outcome:
        """Give one message to the server; :meth:`open` comes first.

        Raises MailError when the server takes nothing at all from us, which is no fault of the message.
        """
        if self._smtp is None:
            raise RuntimeError("the connection is not open")
        if self._handed_over:
            time.sleep(self._server.pause_s)
        self._handed_over += 1
        data_begun = False
        try:
            recipient = to_ascii(recipient)
            sender = self._server.sender.addr_spec
            utf8 = not (recipient + sender).isascii()
            if utf8 and not self._smtp.has_extn("smtputf8"):
                return Outcome("refused", "The mail server cannot send to addresses with letters outside of ASCII.")
            data = as_bytes(message, utf8=utf8)
            outcome = self._envelope(self._smtp, sender, recipient, utf8, len(data))
            if outcome is None:
                data_begun = True
                code, text = self._smtp.data(data)
                outcome = self._judged(code, text, "The mail server does not take the mail")
        except smtplib.SMTPDataError as error:
            outcome = self._judged(error.smtp_code, error.smtp_error, "The mail server does not take the mail")
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            outcome = _broken(error, data_begun)
        return self._tidied(outcome)

    def _envelope(self, smtp: smtplib.SMTP, sender: str, recipient: str, utf8: bool, size: int) -> Outcome | None:
        options = [f"size={size}"] if smtp.has_extn("size") else []
        code, text = smtp.mail(sender, [*options, "SMTPUTF8", "BODY=8BITMIME"] if utf8 else options)
        if code == _TOO_LARGE:
            return self._judged(code, text, "The mail is too large")
        if code == _CLOSING:
            return Outcome("lost", self._said(code, text))
        if code >= 400:
            raise MailError(
                f"The mail server {self._server.host} takes no mail from {sender}: {self._said(code, text)}. "
                "Correct mail_from or smtp_user, or try again later: app.py mail retry"
            )
        code, text = smtp.rcpt(recipient)
        return None if code in (250, 251) else self._judged(code, text, f"The mail server refuses {recipient}")

    def _judged(self, code: int, text: bytes | str, what: str) -> Outcome:
        said = f"{what}: {self._said(code, text)}."
        if 200 <= code < 300:
            return Outcome("sent")
        if code == _CLOSING:
            return Outcome("lost", said)
        return Outcome("refused" if code >= 500 else "later", said)

    def _tidied(self, outcome: Outcome) -> Outcome:
        """Make the connection ready for the next message, or give it up."""
        if outcome.answer in ("lost", "hanging"):
            self._drop()
        elif outcome.answer != "sent" and self._smtp is not None:
            try:
                self._smtp.rset()
            except (OSError, smtplib.SMTPException):
                self._drop()
        return outcome

    def _drop(self) -> None:
        # Without good-bye: a server that hangs would make us wait for its answer again.
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def _said(self, code: int, text: bytes | str) -> str:
        """The server's own words, without the password should it repeat it."""
        words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        if self._password is not None:
            secret = self._password.get_secret_value()
            encoded = base64.b64encode(secret.encode()).decode()
            for one in (secret, encoded):
                words = words.replace(one, "***")
        return f"{code} {clean_text(words, 160)}".rstrip(". ")


def _connected(server: MailServer, password: SecretStr | None) -> smtplib.SMTP:
    trust = _trust(server)
    smtp: smtplib.SMTP
    if server.security == "tls":
        smtp = smtplib.SMTP_SSL(server.host, server.port, _OWN_NAME, timeout=server.timeout_s, context=trust)
    else:
        smtp = smtplib.SMTP(server.host, server.port, _OWN_NAME, timeout=server.timeout_s)
    try:
        if server.security == "starttls":
            # Raises unless the server offers it: going on without would show the password to everybody between.
            smtp.starttls(context=trust)
        smtp.ehlo_or_helo_if_needed()
        if password is not None:
            smtp.login(server.user, password.get_secret_value())
    except BaseException:
        smtp.close()
        raise
    return smtp


def _trust(server: MailServer) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.ca_file is not None:
        try:
            context.load_verify_locations(server.ca_file)
        except OSError as error:
            raise MailError(
                f"The file {server.ca_file} of the setting smtp_ca_file holds no certificates that can be read. "
                "Save them there as PEM."
            ) from error
    return context


def _broken(error: OSError, in_doubt: bool) -> Outcome:
    # smtplib wraps a time-out into the same error as a closed connection.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return Outcome("hanging", "The mail server did not answer in time." + _MAYBE * in_doubt, in_doubt)
    return Outcome("lost", "The connection to the mail server broke." + _MAYBE * in_doubt, in_doubt)


_MAYBE = " The mail may have arrived; it is sent again with the same Message-ID."
