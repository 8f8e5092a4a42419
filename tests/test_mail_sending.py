"""Sending: a real mail server on loopback that works, refuses, hangs, closes, goes away and comes back."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError
from pydantic import SecretStr

from core import audit, clock
from core.errors import BusyError, InputError, MailError
from core.locks import mail_lock
from core.mail.password import SERVICE, VARIABLE, read_password, save_password
from core.mail.planning import queue
from core.mail.scopes import MailRequest
from core.mail.sending import send_test, send_waiting
from core.paths import Home
from core.settings import Settings
from core.store import outbox, people, teachers
from core.store.database import Store, open_store
from core.store.outbox import BACK_OFF, Draft, Mail
from tests.mail_support import (
    DAY,
    PASSWORD,
    Behaviour,
    Post,
    add_class,
    add_pupil,
    hold_lesson,
    mail_settings,
    make_certificate,
    serving,
)


@pytest.fixture(autouse=True)
def _no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with open_store(home) as store:
        yield store


def fill(store: Store, count: int, subject: str = "Hello") -> list[int]:
    drafts = [
        Draft(f"test:{i}", "test", "parents", f"p{i}@home.example", subject, f"Text {i}\n", f"<p>{i}</p>")
        for i in range(count)
    ]
    with store.transaction() as db:
        return outbox.queue(db, drafts, "school.example")


def mails(store: Store) -> list[Mail]:
    with store.read() as db:
        return sorted(outbox.list_mails(db), key=lambda one: one.id)


def test_a_message_arrives_with_text_html_and_headers(store: Store) -> None:
    fill(store, 1, "Grüße 😀")
    post = Post()
    with serving(post) as port:
        run = send_waiting(store, mail_settings(port, mail_reply_to="head@school.example"))
    assert (run.sent, run.failed, run.waiting, run.stopped) == (1, 0, 0, None)
    (recipient, message), row = post.arrived[0], mails(store)[0]
    assert recipient == "p0@home.example"
    assert message["Subject"] == "Grüße 😀"
    assert message["From"] == "École №1 <office@school.example>"
    assert message["Reply-To"] == "head@school.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == row.message_id
    assert message["Date"].datetime == row.created_at
    parts = {part.get_content_type(): part.get_content().strip() for part in message.iter_parts()}
    assert parts == {"text/plain": "Text 0", "text/html": "<p>0</p>"}
    assert post.envelopes[0].isascii()
    assert row.state == "sent"
    assert row.sent_at is not None


# The test's server does not see that it is spoken to under TLS already.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encrypted_with_log_in(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fill(store, 2)
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv(VARIABLE, PASSWORD)
    post = Post(Behaviour(password=PASSWORD))
    with serving(post, certificate=certificate, implicit_tls=security == "tls", auth=True) as port:
        settings = mail_settings(port, smtp_security=security, smtp_user="office", smtp_ca_file=certificate)
        run = send_waiting(store, settings)
    assert (run.sent, run.stopped) == (2, None)
    assert post.encrypted == [True, True]
    assert PASSWORD not in caplog.text


def test_a_certificate_that_nobody_vouches_for_is_refused(store: Store, tmp_path: Path) -> None:
    fill(store, 1)
    post = Post()
    with serving(post, certificate=make_certificate(tmp_path)) as port:
        run = send_waiting(store, mail_settings(port, smtp_security="starttls"))
    assert run.stopped is not None
    assert "certificate" in run.stopped
    assert post.arrived == []
    assert mails(store)[0].attempts == 0


def test_a_file_without_certificates_is_named(store: Store, tmp_path: Path) -> None:
    fill(store, 1)
    (tmp_path / "ca.pem").write_text("no certificate")
    with serving(Post()) as port:
        settings = mail_settings(port, smtp_security="starttls", smtp_ca_file=tmp_path / "ca.pem")
        assert "smtp_ca_file" in (send_waiting(store, settings).stopped or "")


def test_a_server_without_encryption_is_not_spoken_to_in_clear(store: Store) -> None:
    fill(store, 1)
    post = Post()
    with serving(post) as port:
        run = send_waiting(store, mail_settings(port, smtp_security="starttls"))
    assert run.stopped is not None
    assert "no encryption" in run.stopped
    assert post.arrived == []


def test_a_wrong_password_stops_the_run_and_counts_for_no_mail(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, 3)
    before = mails(store)
    certificate = make_certificate(tmp_path)
    wrong = "not-the-right-one"
    monkeypatch.setenv(VARIABLE, wrong)
    post = Post(Behaviour(password=PASSWORD))
    with serving(post, certificate=certificate, auth=True) as port:
        settings = mail_settings(port, smtp_security="starttls", smtp_user="office", smtp_ca_file=certificate)
        run = send_waiting(store, settings)
    assert run.stopped is not None
    assert "password" in run.stopped
    assert "535 No: ***" in run.stopped
    assert wrong not in run.stopped
    assert (run.sent, run.later, run.failed, run.waiting) == (0, 0, 0, 3)
    assert mails(store) == before


def test_a_password_that_mail_cannot_carry_gets_a_sentence(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, 1)
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv(VARIABLE, "pässwörd")
    with serving(Post(Behaviour(password=PASSWORD)), certificate=certificate, auth=True) as port:
        settings = mail_settings(port, smtp_security="starttls", smtp_user="office", smtp_ca_file=certificate)
        run = send_waiting(store, settings)
    assert run.stopped is not None
    assert "letters" in run.stopped
    assert "pässwörd" not in run.stopped


def test_a_password_never_travels_readable(store: Store) -> None:
    settings = mail_settings(25, smtp_host="smtp.school.example", smtp_user="office")
    with pytest.raises(InputError, match="readable"):
        send_waiting(store, settings)


def test_refused_and_busy_mailboxes_stop_nobody_else(store: Store) -> None:
    fill(store, 5)
    post = Post(Behaviour(unknown={"p1@home.example"}, busy={"p3@home.example"}))
    with serving(post) as port:
        settings = mail_settings(port)
        run = send_waiting(store, settings)
        assert (run.sent, run.failed, run.later, run.waiting) == (3, 1, 1, 1)
        states = mails(store)
        assert [one.state for one in states] == ["sent", "failed", "sent", "waiting", "sent"]
        assert "no such user" in (states[1].last_error or "")
        assert "mailbox busy" in (states[3].last_error or "")
        assert states[3].next_try_at - clock.now() <= BACK_OFF[0]
        # It is not tried again before its time, unless somebody asks.
        assert send_waiting(store, settings).sent == 0
        post.behaviour.busy = ()
        assert send_waiting(store, settings, early=True).sent == 1
    assert post.recipients == [f"p{i}@home.example" for i in (0, 2, 4, 3)]
    assert [message["Message-ID"] for _, message in post.arrived][-1] == states[3].message_id


def test_after_all_tries_a_mail_is_given_up(store: Store) -> None:
    fill(store, 1)
    post = Post(Behaviour(busy={"p0@home.example"}))
    with serving(post) as port:
        for wait in BACK_OFF:
            before = clock.now()
            assert send_waiting(store, mail_settings(port), early=True).later == 1
            assert timedelta(0) <= mails(store)[0].next_try_at - before - wait < timedelta(minutes=1)
        run = send_waiting(store, mail_settings(port), early=True)
        assert (run.failed, run.waiting) == (1, 0)
        assert "Given up after 7 tries" in (mails(store)[0].last_error or "")
        post.behaviour.busy = ()
        with store.transaction() as db:
            assert outbox.revive(db) == [1]
        assert send_waiting(store, mail_settings(port)).sent == 1


def test_a_server_that_closes_now_and_then_gets_everything_once(store: Store) -> None:
    fill(store, 12)
    post = Post(Behaviour(close_after=5))
    with serving(post) as port:
        run = send_waiting(store, mail_settings(port))
    assert (run.sent, run.stopped) == (12, None)
    assert post.recipients == [f"p{i}@home.example" for i in range(12)]
    assert post.connections == 2


def test_a_server_that_goes_and_comes_back_gets_exactly_the_rest(store: Store) -> None:
    fill(store, 12)
    post = Post(Behaviour(stop_after=5))
    with serving(post) as port:
        run = send_waiting(store, mail_settings(port))
    assert (run.sent, run.failed, run.later, run.waiting) == (5, 0, 0, 7)
    assert run.stopped is not None
    assert "does not answer" in run.stopped
    assert [one.attempts for one in mails(store)] == [1] * 5 + [0] * 7
    post.behaviour.stop_after = None
    with serving(post, port=port):
        run = send_waiting(store, mail_settings(port))
    assert (run.sent, run.waiting) == (7, 0)
    assert post.recipients == [f"p{i}@home.example" for i in range(12)]


def test_nobody_listening_counts_for_no_mail(store: Store) -> None:
    fill(store, 2)
    with serving(Post()) as port:
        pass
    run = send_waiting(store, mail_settings(port))
    assert (run.sent, run.waiting) == (0, 2)
    assert "name, port and encryption" in (run.stopped or "")
    assert "Errno" not in (run.stopped or "")
    assert [one.attempts for one in mails(store)] == [0, 0]


def test_a_server_that_hangs_does_not_hold_anybody(store: Store) -> None:
    fill(store, 3)
    post = Post(Behaviour(hang_at=2, hang_s=600))
    with serving(post) as port:
        run = send_waiting(store, mail_settings(port, smtp_timeout_s=5.0))
        assert (run.sent, run.later, run.waiting) == (1, 1, 2)
        assert "in time" in (run.stopped or "")
        assert "may have arrived" in (mails(store)[1].last_error or "")
        run = send_waiting(store, mail_settings(port), early=True)
        assert (run.sent, run.waiting) == (2, 0)
    # The one in doubt came twice, and its receiver can tell.
    twice = [message["Message-ID"] for one, message in post.arrived if one == "p1@home.example"]
    assert len(twice) == 2
    assert len(set(twice)) == 1
    assert post.recipients.count("p2@home.example") == 1


def test_a_sender_that_is_refused_stops_the_run(store: Store) -> None:
    fill(store, 2)
    with serving(Post(Behaviour(refuse_sender=True))) as port:
        run = send_waiting(store, mail_settings(port))
    assert "mail_from" in (run.stopped or "")
    assert [one.attempts for one in mails(store)] == [0, 0]


def test_when_everything_is_refused_the_rest_is_kept(store: Store) -> None:
    fill(store, 15)
    with serving(Post(Behaviour(refuse_all=True))) as port:
        run = send_waiting(store, mail_settings(port))
    assert (run.failed, run.waiting) == (10, 5)
    assert "retry --failed" in (run.stopped or "")


def test_five_hundred_arrive_once_over_few_connections(store: Store) -> None:
    fill(store, 500)
    post = Post()
    with serving(post) as port:
        run = send_waiting(store, mail_settings(port))
    assert run.sent == 500
    assert sorted(post.recipients) == sorted(f"p{i}@home.example" for i in range(500))
    assert post.connections == 5


def test_only_one_program_sends(store: Store, home: Home) -> None:
    fill(store, 1)
    with serving(Post()) as port:
        settings = mail_settings(port)
        with mail_lock(home), pytest.raises(BusyError, match="mail retry"), mail_lock(home, patience_s=0.1):
            pass
        assert send_waiting(store, settings).sent == 1


def test_a_try_that_was_broken_off_waits_and_counts(store: Store) -> None:
    (number,) = fill(store, 1)
    with store.transaction() as db:
        outbox.begin_try(db, outbox.get_mail(db, number), clock.now())
    row = mails(store)[0]
    assert (row.state, row.attempts) == ("waiting", 1)
    with serving(Post()) as port:
        assert send_waiting(store, mail_settings(port)).sent == 0
        assert send_waiting(store, mail_settings(port), early=True).sent == 1


def test_an_address_outside_of_ascii(store: Store) -> None:
    drafts = [
        Draft("a", "test", "parents", "eltern@schüle.example", "One", "Text\n"),
        Draft("b", "test", "parents", "müller@home.example", "Two", "Text\n"),
    ]
    with store.transaction() as db:
        outbox.queue(db, drafts, "school.example")
    post = Post()
    with serving(post, utf8=False) as port:
        run = send_waiting(store, mail_settings(port))
        assert post.recipients == ["eltern@xn--schle-mva.example"]
        assert (run.sent, run.failed) == (1, 1)
        assert "ASCII" in (mails(store)[1].last_error or "")
    with store.transaction() as db:
        outbox.revive(db)
    with serving(post) as port:
        assert send_waiting(store, mail_settings(port)).sent == 1
    assert post.arrived[1][0] == post.arrived[1][1]["To"] == "müller@home.example"


def test_a_test_message_uses_no_outbox(store: Store) -> None:
    post = Post(Behaviour(unknown={"nobody@home.example"}))
    with serving(post) as port:
        assert send_test(store, mail_settings(port), " ada@home.example ") == "ada@home.example"
        with pytest.raises(MailError, match="no such user"):
            send_test(store, mail_settings(port), "nobody@home.example")
        with pytest.raises(InputError, match="one e-mail address"):
            send_test(store, mail_settings(port), "a@home.example, b@home.example")
    assert post.recipients == ["ada@home.example"]
    assert mails(store) == []


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"smtp_host": " "}, "smtp_host"),
        ({"smtp_host": "smtp..example"}, "smtp_host"),
        ({"mail_from": ""}, "mail_from"),
        ({"mail_from": "office"}, "mail_from"),
        ({"mail_from": "a@x.example\nBcc: b@x.example"}, "mail_from"),
        ({"mail_reply_to": "no address"}, "mail_reply_to"),
        ({"smtp_ca_file": "missing.pem"}, "smtp_ca_file"),
    ],
)
def test_settings_that_cannot_be_used_are_named(store: Store, more: dict[str, str], word: str) -> None:
    with pytest.raises(InputError, match=word) as caught:
        send_waiting(store, mail_settings(25, **more))
    assert "settings.toml" in str(caught.value)


class _Drawer(KeyringBackend):
    """A keyring for computers that have none."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError("not there")


@pytest.fixture
def drawer() -> Iterator[_Drawer]:
    before, ours = keyring.get_keyring(), _Drawer()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


def user_settings() -> Settings:
    return mail_settings(587, smtp_user="office", smtp_security="starttls")


def test_the_password_is_kept_in_the_keyring(store: Store, drawer: _Drawer, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="mail password"):
        read_password(user_settings())
    assert save_password(store, user_settings(), SecretStr(PASSWORD)) == "office at 127.0.0.1"
    assert drawer.kept == {(SERVICE, "office at 127.0.0.1"): PASSWORD}
    found = read_password(user_settings())
    assert found is not None
    assert found.get_secret_value() == PASSWORD
    assert PASSWORD not in repr(found) + str(found)
    monkeypatch.setenv(VARIABLE, "other")
    assert read_password(user_settings()) == SecretStr("other")
    assert read_password(mail_settings(25)) is None
    save_password(store, user_settings(), None)
    assert drawer.kept == {}
    with pytest.raises(InputError, match="No password is stored"):
        save_password(store, user_settings(), None)
    with pytest.raises(InputError, match="empty"):
        save_password(store, user_settings(), SecretStr(""))
    rows = audit.entries(store, audit.Filter(action="mail.password"))
    assert [one.after for one in rows] == [{"stored": False}, {"stored": True}]  # What failed left none.
    assert PASSWORD not in repr(rows)


def test_without_a_keyring_the_sentence_says_what_to_do(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.backends import fail, null

    before = keyring.get_keyring()
    try:
        for backend in (fail.Keyring(), null.Keyring()):
            keyring.set_keyring(backend)
            with pytest.raises(InputError, match=VARIABLE) as caught:
                save_password(store, user_settings(), SecretStr(PASSWORD))
            assert PASSWORD not in str(caught.value)
    finally:
        keyring.set_keyring(before)
    monkeypatch.setenv(VARIABLE, PASSWORD)
    assert read_password(user_settings()) is not None


def test_a_hostile_subject_adds_no_header(store: Store) -> None:
    drafts = [Draft("x", "test", "parents", "p@home.example", "Ada\r\nBcc: spy@evil.example", "Text\n")]
    with store.transaction() as db:
        outbox.queue(db, drafts, "school.example")
    post = Post()
    with serving(post) as port:
        assert send_waiting(store, mail_settings(port, mail_from_name="Head\nBcc: spy@evil.example")).sent == 1
    message = post.arrived[0][1]
    assert message["Bcc"] is None
    assert message["Subject"] == "Ada Bcc: spy@evil.example"
    assert post.recipients == ["p@home.example"]


def test_a_sheet_goes_with_the_mail_and_its_copy_is_dropped(store: Store) -> None:
    class_id = add_class(store)
    ada = add_pupil(store, class_id, "R1", "=cmd()")
    session = hold_lesson(store, class_id, {ada: "A"})
    post = Post()
    with serving(post) as port:
        settings = mail_settings(port)
        queued = queue(store, settings, MailRequest("sheet", day=DAY))
        assert len(queued.ids) == 1
        assert send_waiting(store, settings).sent == 1
    recipient, message = post.arrived[0]
    (attached,) = message.iter_attachments()
    written = store.home.attendance / "CS101" / "CS101_2026-11-16_09-00.xlsx"
    assert recipient == "grace@school.example"
    assert attached.get_filename() == written.name
    assert attached.get_content() == written.read_bytes()
    assert mails(store)[0].session_id == session
    with store.read() as db:
        assert outbox.attachments_of(db, queued.ids[0]) == ()


def test_the_month_goes_to_every_teacher_of_the_class(store: Store) -> None:
    class_id = add_class(store)
    with store.transaction() as db:
        teachers.add_teacher(db, "Alan", "alan@school.example")
        people.edit_class(db, class_id, teachers=["Grace Hopper", "Alan"])
    hold_lesson(store, class_id, {add_pupil(store, class_id, "R1", "=cmd()"): "A"})
    month = MailRequest("month", day=DAY)
    post = Post()
    with serving(post) as port:
        settings = mail_settings(port)
        assert len(queue(store, settings, month).ids) == 2
        assert queue(store, settings, month).ids == ()
        assert send_waiting(store, settings).sent == 2
    written = store.home.attendance / "CS101" / "CS101_2026-11.xlsx"
    assert set(post.recipients) == {"grace@school.example", "alan@school.example"}
    for _, message in post.arrived:
        (attached,) = message.iter_attachments()
        assert (attached.get_filename(), attached.get_content()) == (written.name, written.read_bytes())
        assert message["Subject"] == "CS101: register of 2026-11"
