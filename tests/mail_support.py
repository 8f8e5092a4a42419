"""A real mail server on loopback, and a small school with something to tell."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import update

from core import clock
from core.actor import Actor
from core.paths import Home
from core.settings import Settings
from core.store import marks, people, sessions
from core.store.database import Store, open_store
from core.store.marks import MarkState, Wish
from core.store.tables import StudentTable, TeacherTable
from tests.ports import free_ports
from tests.store_support import begin_session

TEACHER = Actor("Grace Hopper", "teacher")
PASSWORD = "s3cret-pass-word"
DAY = date(2026, 11, 16)


@dataclass
class Behaviour:
    """What the server does wrong.  Numbers count mails that were taken."""

    unknown: Collection[str] = ()
    busy: Collection[str] = ()
    close_after: int | None = None
    stop_after: int | None = None
    hang_at: int | None = None
    hang_s: float = 0.0
    refuse_sender: bool = False
    refuse_all: bool = False
    password: str | None = None


@dataclass
class Post:
    """Handler of aiosmtpd: keeps what arrives, and misbehaves as told."""

    behaviour: Behaviour = field(default_factory=Behaviour)
    arrived: list[tuple[str, EmailMessage]] = field(default_factory=list)
    envelopes: list[bytes] = field(default_factory=list)
    connections: int = 0
    encrypted: list[bool] = field(default_factory=list)
    controller: Any = None

    @property
    def recipients(self) -> list[str]:
        return [one for one, _ in self.arrived]

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        limit = self.behaviour.close_after
        if limit is not None and len(self.arrived) >= limit:
            self.behaviour.close_after = None
            server.transport.close()
            return "421 closing"
        if self.behaviour.refuse_sender:
            return "553 5.7.1 sender not yours"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.behaviour.refuse_all or address in self.behaviour.unknown:
            return "550 5.1.1 no such user"
        if address in self.behaviour.busy:
            return "451 4.3.0 mailbox busy"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = bytes(envelope.content or b"")
        parsed = message_from_bytes(content, policy=policy.SMTP)
        assert isinstance(parsed, EmailMessage)
        self.arrived.append((envelope.rcpt_tos[0], parsed))
        self.envelopes.append(content)
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        if self.behaviour.hang_at == len(self.arrived):
            await asyncio.sleep(self.behaviour.hang_s)
        if self.behaviour.stop_after == len(self.arrived):
            # The whole server goes: no new connection, and this one ends after the answer, before it hears any more.
            self.controller.server.close()
            asyncio.get_running_loop().call_soon(server.transport.close)
        return "250 OK"

    def check(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        right = data.password == (self.behaviour.password or "").encode()
        # Some servers repeat what they were told.
        return AuthResult(success=right, handled=False, message=None if right else f"535 No: {data.password.decode()}")


@contextmanager
def serving(
    post: Post,
    *,
    port: int = 0,
    certificate: Path | None = None,
    implicit_tls: bool = False,
    auth: bool = False,
    utf8: bool = True,
) -> Iterator[int]:
    """Run a mail server; gives its port."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    more: dict[str, Any] = {"enable_SMTPUTF8": utf8}
    if auth:
        more |= {
            "authenticator": post.check,
            "auth_required": True,
            "auth_require_tls": certificate is not None and not implicit_tls,
        }
    if context is not None and not implicit_tls:
        more |= {"tls_context": context, "require_starttls": True}
    controller = Controller(
        post,
        hostname="127.0.0.1",
        port=port or free_ports(),
        ssl_context=context if implicit_tls else None,
        **more,
    )
    post.controller = controller
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop(no_assert=True)


def make_certificate(folder: Path) -> Path:
    """A certificate for loopback with its key, in one file that serves as its own authority, too."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "loopback.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    return path


def mail_settings(port: int, **more: Any) -> Settings:
    """Settings for the server on loopback, in a school on UTC."""
    standard: dict[str, Any] = {
        "school": "École №1",
        "time_zone": "UTC",
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
        "smtp_timeout_s": 20,
        "mail_from": "office@school.example",
    }
    return Settings(**{**standard, **more})


def add_pupil(
    store: Store, class_id: int, roll: str, name: str, parents: str | None = None, email: str | None = None
) -> int:
    """A student of a class with addresses; gives the id."""
    with store.transaction() as db:
        student = people.add_student(db, roll, name)
        people.add_to_roster(db, class_id, student.id)
        db.execute(update(StudentTable).where(StudentTable.id == student.id).values(parents_email=parents, email=email))
    return student.id


def add_class(store: Store, code: str = "CS101", teacher_email: str | None = "grace@school.example") -> int:
    """A class of Grace Hopper's; gives the id."""
    with store.transaction() as db:
        made = people.add_class(db, code, f"Class {code}", "Grace Hopper")
        db.execute(update(TeacherTable).values(email=teacher_email))
    return made.id


def hold_lesson(
    store: Store, class_id: int, statuses: dict[int, str], *, day: date = DAY, hour: int = 9, reviewed: bool = True
) -> int:
    """A session with marks (student id -> code) that was reviewed, or not; gives its id."""
    starts_at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    with store.transaction() as db:
        row = begin_session(db, class_id, starts_at)
        states = {one: MarkState(code, minutes_late=12 if code == "L" else None) for one, code in statuses.items()}
        marks.write_marks(db, TEACHER, [Wish(row.id, one, state) for one, state in states.items()])
        marks.set_taken(db, [row.id])
        if reviewed:
            sessions.change_session(db, row.id, reviewed_at=clock.now())
    return row.id


def correct(store: Store, session_id: int, student_id: int, status: str) -> None:
    """The teacher changes a mark afterwards."""
    with store.transaction() as db:
        marks.write_marks(db, TEACHER, [Wish(session_id, student_id, MarkState(status))], why="was there")


def fill(home: Home, pupils: int = 3) -> None:
    """A class with a reviewed lesson in which everybody was absent."""
    with open_store(home) as store:
        class_id = add_class(store)
        ids = [add_pupil(store, class_id, f"R{i}", f"Pupil {i}", f"p{i}@home.example") for i in range(pupils)]
        hold_lesson(store, class_id, dict.fromkeys(ids, "A"))


def set_server(home: Home, port: int, more: str = "", *, zone: str | None = "UTC") -> None:
    """Settings of a home for a server on loopback; more: lines of its file; zone: None for the computer’s."""
    place = f'time_zone = "{zone}"\n' if zone else ""
    text = (
        f'smtp_host = "127.0.0.1"\nsmtp_port = {port}\nsmtp_security = "none"\nmail_from = "o@school.example"\n{more}'
    )
    (home.data / "settings.toml").write_text(f"{place}{text}", encoding="utf-8")
