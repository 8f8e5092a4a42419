"""Send what waits in the outbox: one message after the other, each saved as sent right after the server took it.

Exactly once is not possible with mail: when power fails between the server's yes and the disk, or the connection breaks
before the answer, one message goes out a second time.  It then carries the Message-ID of the first, so that a receiver
can drop it.
"""

import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from core import clock
from core.access import guarded
from core.errors import InputError, MailError
from core.locks import mail_lock
from core.mail.delivery import Connection, Outcome
from core.mail.kinds import KINDS
from core.mail.letters import readable_addresses
from core.mail.message import build_message
from core.mail.password import read_password
from core.mail.planning import Queued, queue
from core.mail.scopes import MailRequest
from core.mail.server import MailServer, mail_server
from core.records import Progress, ProgressSink, no_progress
from core.settings import Settings
from core.store import outbox
from core.store.database import Store
from core.store.outbox import Mail

MOST_IN_A_ROW = 10
"""So many refusals one after the other are no matter of addresses."""
MOST_BROKEN = 3
"""So many connections that break one after the other are no matter of messages."""


@dataclass(slots=True)
class Run:
    """What a run of sending came to: numbers of messages.

    later: tried, and to be tried again.  withdrawn: not true any more.  waiting: in the outbox at the end.  stopped:
    why the run ended before everything was tried.  problems: a sentence for each message that was not sent.
    """

    sent: int = 0
    later: int = 0
    failed: int = 0
    withdrawn: int = 0
    waiting: int = 0
    stopped: str | None = None
    problems: list[str] = field(default_factory=list)


@guarded
def send_waiting(
    store: Store,
    settings: Settings,
    *,
    early: bool = False,
    only: Collection[int] | None = None,
    progress: ProgressSink = no_progress,
) -> Run:
    """Send what waits and may be tried now; ``early``: also what is to wait longer; ``only``: these numbers of it.

    A wrong password or a server that cannot be reached ends the run with its sentence in ``stopped`` and counts as no
    try of any message.  Raises InputError while no server or password is set, BusyError when another program sends.
    """
    server = mail_server(store.home, settings)
    with mail_lock(store.home), Connection(server, read_password(settings)) as connection:
        sender = _Sender(store, settings, server, connection)
        try:
            for done, mail_id in enumerate(sender.numbers(early=early, only=only)):
                progress(Progress(done, None, f"{sender.run.sent} sent"))
                sender.send(mail_id)
        except MailError as error:
            sender.run.stopped = str(error)
    with store.read() as db:
        sender.run.waiting = outbox.counts(db)[outbox.WAITING]
    return sender.run


@guarded
def queue_and_send(
    store: Store, settings: Settings, request: MailRequest, progress: ProgressSink = no_progress
) -> tuple[Queued, Run]:
    """Queue what ``request`` comes to and send everything that is due.

    Raises as :func:`core.mail.planning.queue` and :func:`send_waiting`; without a password nothing is queued.
    """
    read_password(settings)
    queued = queue(store, settings, request)
    return queued, send_waiting(store, settings, progress=progress)


@guarded
def retry(
    store: Store,
    settings: Settings,
    numbers: Collection[int] = (),
    *,
    due: bool = False,
    failed: bool = False,
    progress: ProgressSink = no_progress,
) -> Run:
    """Send what waits, or these messages, also those of them that were given up.

    due: only what may be tried now.  failed: also everything that was given up.  Raises as :func:`send_waiting`,
    NotFoundError for a number that does not exist.
    """
    mail_server(store.home, settings)
    with store.transaction() as db:
        for one in numbers:
            outbox.get_mail(db, one)
        if failed or numbers:
            outbox.revive(db, numbers or None)
    return send_waiting(store, settings, early=not due, only=numbers or None, progress=progress)


@guarded
def send_test(store: Store, settings: Settings, address: str) -> str:
    """Send one message that says that it works, and give the address; the outbox is not used.

    Raises InputError for the address or missing settings, MailError when the server does not take it.
    """
    server = mail_server(store.home, settings)
    good, bad = readable_addresses(address)
    if bad or len(good) != 1:
        raise InputError("Give one e-mail address, like name@school.org.")
    from core.mail.wording import Wording  # Takes time to load, which most commands can spare.

    worded = Wording(store.home, settings).word("test", "", {})
    message_id = f"<{secrets.token_hex(16)}@{server.domain}>"
    message = build_message(server, good[0], worded.subject, worded.text, worded.html, message_id, clock.now())
    with Connection(server, read_password(settings)) as connection:
        connection.open()
        outcome = connection.hand_over(good[0], message)
    if outcome.answer != "sent":
        raise MailError(f"{outcome.why} The test was not sent.")
    return good[0]


class _Sender:
    """One run over the outbox."""

    def __init__(self, store: Store, settings: Settings, server: MailServer, connection: Connection) -> None:
        self._store = store
        self._settings = settings
        self._zone = clock.school_zone(settings)
        self._server = server
        self._connection = connection
        self._refused = self._broken = 0
        self.run = Run()

    def numbers(self, *, early: bool, only: Collection[int] | None) -> Iterator[int]:
        """What is to be sent, also what another program queues meanwhile: it may have found us at work and left."""
        tried: set[int] = set()
        while True:
            with self._store.read() as db:
                found = outbox.waiting_ids(db, None if early else clock.now(), only)
            fresh = [one for one in found if one not in tried]
            if not fresh:
                return
            tried.update(fresh)
            yield from fresh

    def send(self, mail_id: int) -> None:
        """Try one message.  Raises MailError when no other needs to be tried either."""
        if not self._is_wanted(mail_id):
            return
        self._connection.open()
        mail = self._begin(mail_id)
        if mail is None:
            return
        try:
            outcome = self._tried(mail)
        except MailError:
            with self._store.transaction() as db:
                outbox.take_back_try(db, mail)
            raise
        self._record(mail, outcome)
        self._stop_if_hopeless(outcome)

    def _is_wanted(self, mail_id: int) -> bool:
        """Whether the message still waits and is still true; else it is withdrawn."""
        with self._store.read() as db:
            mail = outbox.find_mail(db, mail_id)
            if mail is None or mail.state != outbox.WAITING:
                return False
            kind = KINDS.get(mail.kind)
            if kind is None or kind.still_true(db, self._settings, mail):
                return True
        with self._store.transaction() as db:
            outbox.withdraw(db, mail_id, "The register was corrected, so this is not true any more.")
        self.run.withdrawn += 1
        return False

    def _begin(self, mail_id: int) -> Mail | None:
        with self._store.transaction() as db:
            mail = outbox.find_mail(db, mail_id)
            if mail is None or mail.state != outbox.WAITING:
                return None
            # Also proves that the disk can be written, before a message goes out that could not be noted.
            outbox.begin_try(db, mail, clock.now())
        return mail

    def _tried(self, mail: Mail) -> Outcome:
        with self._store.read() as db:
            files = outbox.attachments_of(db, mail.id)
        date = clock.local(mail.created_at, self._zone)
        message = build_message(
            self._server, mail.recipient, mail.subject, mail.text, mail.html, mail.message_id, date, files
        )
        outcome = self._connection.hand_over(mail.recipient, message)
        if outcome.answer == "lost" and not outcome.in_doubt:
            # Servers close connections for reasons of their own; the message was not even begun.
            self._connection.open()
            outcome = self._connection.hand_over(mail.recipient, message)
        return outcome

    def _record(self, mail: Mail, outcome: Outcome) -> None:
        with self._store.transaction() as db:
            if outcome.answer == "sent":
                outbox.set_sent(db, mail.id, clock.now())
                self.run.sent += 1
                return
            if outcome.answer == "refused":
                outbox.set_failed(db, mail.id, outcome.why)
                state = outbox.FAILED
            else:
                state = outbox.set_later(db, mail, outcome.why)
        self.run.failed += state == outbox.FAILED
        self.run.later += state == outbox.WAITING
        self.run.problems.append(f"Mail {mail.id} to {mail.recipient}: {outcome.why}")

    def _stop_if_hopeless(self, outcome: Outcome) -> None:
        self._refused = self._refused + 1 if outcome.answer == "refused" else 0
        self._broken = self._broken + 1 if outcome.answer == "lost" else 0
        if outcome.answer == "hanging" or self._broken == MOST_BROKEN:
            raise MailError(f"{outcome.why} The rest waits; send it later: app.py mail retry")
        if self._refused == MOST_IN_A_ROW:
            raise MailError(
                f"The mail server refused {MOST_IN_A_ROW} messages one after the other; the last: {outcome.why} "
                "The rest waits. When that is mended: app.py mail retry --failed"
            )
